package dev.secretproviders.provider;

import dev.secretproviders.provider.shared.JsonFields;
import dev.secretproviders.provider.shared.SecretJson;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretContent;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The values of a secret by the names of their fields. If the manager returned the secret as a whole and that is a JSON object, its
 * top-level strings, numbers and booleans are fields, too.
 *
 * <p>Not thread-safe. Closing it wipes all values.
 */
public final class ContentFields implements AutoCloseable {
    private static final JsonMapper JSON = SecretJson.mapper().build();

    private final SecretContent content;
    private final Map<String, Secret> ofWhole;

    private ContentFields(SecretContent content, Map<String, Secret> ofWhole) {
        this.content = content;
        this.ofWhole = ofWhole;
    }

    /** Reads the fields of {@code content}, which it takes over. */
    public static ContentFields of(SecretContent content) {
        Secret whole = content.value(null);
        return new ContentFields(content, whole == null ? Map.of() : whole.use(ContentFields::jsonFields));
    }

    /** Returns the field {@code name}, or the whole secret for null; null if there is no such value. Stays owned by this. */
    public @Nullable Secret value(@Nullable String name) {
        Secret own = content.value(name);
        return own != null || name == null ? own : ofWhole.get(name);
    }

    /** Shows each value with its field's name, the whole secret with null. */
    public void forEach(BiConsumer<@Nullable String, Secret> visitor) {
        content.forEach(visitor);
        ofWhole.forEach(visitor);
    }

    @Override
    public void close() {
        content.close();
        ofWhole.values().forEach(Secret::close);
    }

    private static Map<String, Secret> jsonFields(byte[] bytes) {
        if (!startsLikeObject(bytes)) {
            return Map.of();
        }
        JsonNode tree;
        try {
            tree = JSON.readTree(bytes);
        } catch (JacksonException e) {
            // Not JSON, so it has no fields. The exception is dropped on purpose: its message quotes the secret.
            return Map.of();
        }
        return JsonFields.of(tree);
    }

    /** Most secrets are not JSON, and need no parser. */
    private static boolean startsLikeObject(byte[] bytes) {
        for (byte b : bytes) {
            if (b != ' ' && b != '\t' && b != '\r' && b != '\n') {
                return b == '{';
            }
        }
        return false;
    }
}
