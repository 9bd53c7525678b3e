package dev.secretproviders.consumer;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An APISIX consumer, as far as authentication needs it.
 *
 * @param username the consumer's name
 * @param customId the label {@code custom_id}, or null
 * @param labels its labels
 * @param credentials its credentials, the inline ones first; empty if it has none (such a consumer can still be a
 *     route's anonymous consumer)
 */
public record Consumer(
        String username, @Nullable String customId, Map<String, String> labels, List<Credential> credentials) {
    public Consumer {
        labels = Map.copyOf(labels);
        credentials = List.copyOf(credentials);
    }

    /** Creates a consumer without labels. */
    public Consumer(String username, @Nullable String customId, List<Credential> credentials) {
        this(username, customId, Map.of(), credentials);
    }
}
