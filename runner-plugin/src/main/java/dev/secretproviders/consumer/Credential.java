package dev.secretproviders.consumer;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One key-auth credential of a consumer.
 *
 * @param id the credential's id, or null if the key stands in the consumer itself
 * @param name its display name, or null
 * @param labels its labels; none for a key that stands in the consumer itself
 * @param key the key or the reference to it
 */
public record Credential(
        @Nullable String id,
        @Nullable String name,
        Map<String, String> labels,
        CredentialKey key) {
    public Credential {
        labels = Map.copyOf(labels);
    }

    /** A credential without name and labels. */
    public Credential(@Nullable String id, CredentialKey key) {
        this(id, null, Map.of(), key);
    }
}
