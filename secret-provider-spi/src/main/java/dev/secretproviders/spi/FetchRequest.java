package dev.secretproviders.spi;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A question to a secret manager. Requests with the same path and known version are equal.
 *
 * <p>Immutable.
 */
public final class FetchRequest {
    private final SecretPath path;
    private final @Nullable String knownVersion;

    private FetchRequest(SecretPath path, @Nullable String knownVersion) {
        this.path = path;
        this.knownVersion = knownVersion;
    }

    /** Returns a request for the value of a secret. */
    public static FetchRequest of(SecretPath path) {
        return new FetchRequest(path, null);
    }

    /**
     * Returns a request that names the version already known.
     *
     * @param knownVersion that version as the provider named it, or null
     */
    public static FetchRequest of(SecretPath path, @Nullable String knownVersion) {
        return new FetchRequest(path, knownVersion);
    }

    /** Returns the secret. */
    public SecretPath path() {
        return path;
    }

    /**
     * Returns the version already known, or null. If it is still the current one, the provider may answer
     * {@link FetchResult.Unchanged} without fetching the value.
     */
    public @Nullable String knownVersion() {
        return knownVersion;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof FetchRequest request
                && path.equals(request.path)
                && Objects.equals(knownVersion, request.knownVersion);
    }

    @Override
    public int hashCode() {
        return Objects.hash(path, knownVersion);
    }

    @Override
    public String toString() {
        return "FetchRequest[" + path + ", known version " + knownVersion + "]";
    }
}
