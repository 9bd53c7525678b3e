package dev.secretproviders.auth;

import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.resolve.HeldVersion;
import org.jspecify.annotations.Nullable;

/** A key that is somebody's, as it stands in the index. Immutable, but for {@link #next}, which is the index builder's. */
final class KeyClaim implements Finding {
    /** In place of the keys of a credential that could not be resolved yet. */
    static final KeyClaim UNDECIDED =
            new KeyClaim(KeyDigest.ofBytes(new byte[KeyDigest.LONGS * Long.BYTES]), null, null, false);

    final KeyDigest digest;
    /** The digest's, here as well: other keys on the way to the right one are passed by without a look at their digests. */
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
     * @param version the resolved version it comes from, which bounds its use; null if it stands in the gateway's configuration
     * @param previous whether it is a version before the current one
     */
    static KeyClaim of(KeyDigest digest, Identity identity, @Nullable HeldVersion version, boolean previous) {
        return new KeyClaim(digest, identity, version, previous);
    }

    /** Makes the entry of a key that several credentials have, so that it is nobody's. */
    static KeyClaim ambiguous(KeyDigest digest) {
        return new KeyClaim(digest, null, null, false);
    }

    /** Returns whose it is, or null if several credentials have it. */
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

    /** Returns for how many nanoseconds it may still be used, 0 if no longer; {@link Long#MAX_VALUE} if that has no end. */
    long usableFor(long now) {
        return version == null ? Long.MAX_VALUE : version.usableFor(now);
    }

    /** Whether both say the same. */
    boolean same(KeyClaim other) {
        return digest.equals(other.digest)
                && identity == other.identity
                && version == other.version
                && previous == other.previous;
    }
}
