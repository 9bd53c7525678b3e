package dev.secretproviders.resolve;

import dev.secretproviders.spi.ProviderId;
import org.jspecify.annotations.Nullable;

/** The versions of secrets that must not be used, whatever their manager says. Immutable. */
@FunctionalInterface
public interface DeniedVersions {
    /** Denies nothing. */
    DeniedVersions NONE = (provider, path, version) -> null;

    /**
     * Returns the reason for a denial, to show to an operator, or null if the version is not denied.
     *
     * @param path the secret's name at the provider
     * @param version what the provider calls the version ({@link HeldVersion#id})
     */
    @Nullable
    String reason(ProviderId provider, String path, String version);
}
