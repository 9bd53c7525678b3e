package dev.secretproviders.spi;

import org.jspecify.annotations.Nullable;

/**
 * A secret with all its fields, which a provider fetches at once. References that share a path share one fetch.
 *
 * @param name the secret's name as the manager knows it below the provider's prefix
 * @param version the pinned version, or null for the current one
 * @param stage the pinned stage, or null
 */
public record SecretPath(
        String name, @Nullable String version, @Nullable String stage) {
    /** Returns the path of the current version of {@code name}. */
    public static SecretPath current(String name) {
        return new SecretPath(name, null, null);
    }

    /** Returns whether the path means the current version, so that its value can rotate. */
    public boolean followsRotation() {
        return version == null;
    }
}
