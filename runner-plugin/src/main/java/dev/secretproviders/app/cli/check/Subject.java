package dev.secretproviders.app.cli.check;

import dev.secretproviders.consumer.CredentialKind;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * An object of a gateway's configuration in a file.
 *
 * @param name its kind and name, such as {@code consumer jack}
 * @param consumer the consumer that its credentials belong to, or null if it has none or its name is not known
 * @param labels the labels of that consumer
 * @param node the object
 * @param credentials the credentials in it
 */
record Subject(
        String name,
        @Nullable String consumer,
        Map<String, String> labels,
        JsonNode node,
        List<Configured> credentials) {
    Subject {
        labels = Map.copyOf(labels);
        credentials = List.copyOf(credentials);
    }

    /** The configuration of one credential. */
    record Configured(CredentialKind kind, JsonNode fields) {}

    /** Creates an object without credentials. */
    Subject(String name, JsonNode node) {
        this(name, null, Map.of(), node, List.of());
    }
}
