package dev.secretproviders.provider;

import dev.secretproviders.crypto.Secret;
import dev.secretproviders.crypto.SecretJson;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The content of one version of a secret: named fields, the whole as one string, or both where that string is a JSON object.
 *
 * <p>Not thread-safe; owned by whoever received it, who closes it.
 */
public final class SecretContent implements AutoCloseable {
    private static final JsonMapper JSON = SecretJson.mapper().build();

    private final @Nullable Secret whole;
    private final Map<String, Secret> fields;

    private SecretContent(@Nullable Secret whole, Map<String, Secret> fields) {
        this.whole = whole;
        this.fields = fields;
    }

    /** Returns content that consists of fields, as Vault's does. Takes ownership of the secrets. */
    public static SecretContent ofFields(Map<String, Secret> fields) {
        return new SecretContent(null, new LinkedHashMap<>(fields));
    }

    /**
     * Returns content that is one string or binary, as AWS Secrets Manager's is. If it is a JSON object, its top-level strings,
     * numbers and booleans are its fields. Takes ownership of the secret.
     */
    public static SecretContent ofWhole(Secret whole) {
        return new SecretContent(whole, whole.use(SecretContent::jsonFields));
    }

    /** Returns the field {@code name}, or with null the whole secret; null if there is no such field. Stays owned by this. */
    public @Nullable Secret value(@Nullable String name) {
        return name == null ? whole : fields.get(name);
    }

    /** Shows each value with its field's name, the whole secret with null. */
    public void forEach(BiConsumer<@Nullable String, Secret> visitor) {
        if (whole != null) {
            visitor.accept(null, whole);
        }
        fields.forEach(visitor);
    }

    /** Wipes all values. */
    @Override
    public void close() {
        if (whole != null) {
            whole.close();
        }
        fields.values().forEach(Secret::close);
    }

    /** Says how many fields there are, not what is in them. */
    @Override
    public String toString() {
        return "SecretContent[" + fields.size() + " fields" + (whole == null ? "" : " and the whole") + "]";
    }

    private static Map<String, Secret> jsonFields(byte[] bytes) {
        Map<String, Secret> found = new LinkedHashMap<>();
        if (bytes.length == 0 || !startsLikeObject(bytes)) {
            return found;
        }
        JsonNode tree;
        try {
            tree = JSON.readTree(bytes);
        } catch (JacksonException e) {
            // Not JSON, so it has no fields. The exception is dropped on purpose: its message quotes the secret.
            return found;
        }
        if (tree.isObject()) {
            for (Map.Entry<String, JsonNode> field : tree.properties()) {
                if (field.getValue().isValueNode() && !field.getValue().isNull()) {
                    found.put(field.getKey(), Secret.ofUtf8(field.getValue().asString()));
                }
            }
        }
        return found;
    }

    private static boolean startsLikeObject(byte[] bytes) {
        for (byte b : bytes) {
            if (b != ' ' && b != '\t' && b != '\r' && b != '\n') {
                return b == '{';
            }
        }
        return false;
    }
}
