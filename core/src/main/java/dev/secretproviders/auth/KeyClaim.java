package dev.secretproviders.auth;

import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.resolve.HeldVersion;
import org.jspecify.annotations.Nullable;

/**
 * A credential's claim to a key, as an entry of the index. Immutable, except {@link #next}, which only the index
 * builder uses.
 */
final class KeyClaim implements LookupResult {
    /** The placeholder for the keys of a credential that could not be resolved yet. */
    static final KeyClaim UNDECIDED =
            new KeyClaim(KeyDigest.ofBytes(new byte[KeyDigest.LONGS * Long.BYTES]), null, null, false);

    final KeyDigest digest;
    /** A copy of the digest's hash, so that probing skips other keys without reading their digests. */
    final int hash;

    private final @Nullable Identity identity;
    private final @Nullable HeldVersion version;
    private final boolean previous;

    /** The next key of the same credential, or null. */
    @Nullable
    KeyClaim next;

    private KeyClaim(KeyDigest digest, @Nullable Identity identity, @Nullable HeldVersion version, boolean previous) {
        this.digest = digest;
        this.hash = digest.hashCode();
        this.identity = identity;
        this.version = version;
        this.previous = previous;
    }

    /**
     * Makes a claim.
     *
     * @param version the resolved version of the key, which bounds its use; null for a key in the gateway's
     *     configuration
     * @param previous whether the key is a version before the current one
     */
    static KeyClaim of(KeyDigest digest, Identity identity, @Nullable HeldVersion version, boolean previous) {
        return new KeyClaim(digest, identity, version, previous);
    }

    /** Creates the entry of a key that several credentials have, so that it is refused. */
    static KeyClaim ambiguous(KeyDigest digest) {
        return new KeyClaim(digest, null, null, false);
    }

    /** Returns the owner of the key, or null if several credentials have it. */
    @Nullable
    Identity identity() {
        return identity;
    }

    boolean previous() {
        return previous;
    }

    boolean usableAt(long now) {
        return version == null || version.usableAt(now);
    }

    /**
     * Returns for how many nanoseconds the key may still be used: 0 if no longer, {@link Long#MAX_VALUE} if without
     * end.
     */
    long usableFor(long now) {
        return version == null ? Long.MAX_VALUE : version.usableFor(now);
    }

    /** Returns whether both claims are equal. */
    boolean same(KeyClaim other) {
        return digest.equals(other.digest)
                && identity == other.identity
                && version == other.version
                && previous == other.previous;
    }
}
