package dev.secretproviders.resolve;

import dev.secretproviders.spi.ProviderId;
import org.jspecify.annotations.Nullable;

/** The versions of secrets that may not be used, whatever their manager says. Immutable. */
@FunctionalInterface
public interface DeniedVersions {
    /** Denies nothing. */
    DeniedVersions NONE = (provider, path, version) -> null;

    /**
     * Returns why a version is denied, to show to an operator, or null if it is not.
     *
     * @param path the secret's name as the provider knows it
     * @param version what the provider calls the version ({@link HeldVersion#id})
     */
    @Nullable
    String reason(ProviderId provider, String path, String version);
}
