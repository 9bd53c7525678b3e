package dev.secretproviders.spi;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The content of one version of a secret: named fields, the whole as one string, or both where that string is a JSON object.
 *
 * <p>Not thread-safe; owned by whoever received it, who closes it.
 */
public final class SecretContent implements AutoCloseable {
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
        return new SecretContent(whole, whole.use(JsonFields::read));
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
}
