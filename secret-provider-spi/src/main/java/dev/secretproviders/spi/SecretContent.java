package dev.secretproviders.spi;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The content of one version of a secret, as the manager returned it: named fields, or one whole string. If the whole
 * is a JSON object, the runner reads its fields. A provider does not.
 *
 * <p>Not thread-safe. The receiver owns it and closes it.
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
     * Returns content that is one string or binary, as AWS Secrets Manager's is. If it is a JSON object, the runner
     * uses its top-level strings, numbers and booleans as fields. Takes ownership of the secret.
     */
    public static SecretContent ofWhole(Secret whole) {
        return new SecretContent(whole, Map.of());
    }

    /**
     * Returns a value. This object still owns it.
     *
     * @param name the field, or null for the whole secret
     * @return null if the manager returned no such field, or no whole
     */
    public @Nullable Secret value(@Nullable String name) {
        return name == null ? whole : fields.get(name);
    }

    /** Passes each value to the visitor with its field's name, or with null for the whole secret. */
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

    /** Returns the number of fields, without their values. */
    @Override
    public String toString() {
        return "SecretContent[" + (whole == null ? fields.size() + " fields" : "the whole") + "]";
    }
}
