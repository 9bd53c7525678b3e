package dev.secretproviders.admin.graph;

import dev.secretproviders.spi.ProviderId;
import org.jspecify.annotations.Nullable;

/** Reads the names of nodes. */
final class Names {
    private Names() {}

    /**
     * The name of a secret.
     *
     * @param path its name at the provider
     */
    record OfSecret(ProviderId owner, String path) {}

    /** Reads {@code manager/id}; null if it is malformed. */
    static @Nullable ProviderId provider(String name) {
        int slash = name.indexOf('/');
        try {
            return slash < 0 ? null : new ProviderId(name.substring(0, slash), name.substring(slash + 1));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Reads {@code manager/id/path}; null if it is malformed. */
    static @Nullable OfSecret secret(String name) {
        int end = name.indexOf('/', name.indexOf('/') + 1);
        ProviderId owner = end < 0 ? null : provider(name.substring(0, end));
        return owner == null ? null : new OfSecret(owner, name.substring(end + 1));
    }
}
