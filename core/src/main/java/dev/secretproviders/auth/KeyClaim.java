package dev.secretproviders.auth;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.resolve.HeldVersion;
import dev.secretproviders.validity.Validity;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A credential's claim to its attribute, as an entry of the index: an API key, a user name, the name of a key. Immutable, except {@link #next}, which only the index
 * builder uses.
 */
public sealed class KeyClaim implements LookupResult permits KeyClaim.Bounded, ProvableClaim {
    /** The placeholder for the keys of a credential that could not be resolved yet. */
    static final KeyClaim UNDECIDED =
            new KeyClaim(KeyDigest.ofBytes(new byte[KeyDigest.LONGS * Long.BYTES]), 0, null, null, false);

    final KeyDigest digest;
    /** A copy of the digest's hash, so that probing skips others without reading their digests. Of a name's print, if known. */
    final int hash;

    private final @Nullable Identity identity;
    private final @Nullable HeldVersion version;
    private final boolean previous;

    /** The claim of an API key that counts at certain times only. */
    static final class Bounded extends KeyClaim {
        private final Validity validity;

        Bounded(
                KeyDigest digest,
                Identity identity,
                @Nullable HeldVersion version,
                boolean previous,
                Validity validity) {
            super(digest, digest.hashCode(), identity, version, previous);
            this.validity = validity;
        }

        @Override
        Validity validity() {
            return validity;
        }
    }

    /** The next key of the same credential, or null. */
    @Nullable
    KeyClaim next;

    KeyClaim(KeyDigest digest, int hash, @Nullable Identity identity, @Nullable HeldVersion version, boolean previous) {
        this.digest = digest;
        this.hash = hash;
        this.identity = identity;
        this.version = version;
        this.previous = previous;
    }

    /**
     * Makes the claim of an API key.
     *
     * @param version the resolved version of the key, which bounds its use; null for a key in the gateway's
     *     configuration
     * @param previous whether the key is a version before the current one
     * @param validity when the key counts
     */
    static KeyClaim of(
            KeyDigest digest, Identity identity, @Nullable HeldVersion version, boolean previous, Validity validity) {
        return validity.isUnlimited()
                ? new KeyClaim(digest, digest.hashCode(), identity, version, previous)
                : new Bounded(digest, identity, version, previous, validity);
    }

    /** Creates the entry of an attribute that several credentials have, so that it is refused. */
    static KeyClaim ambiguous(KeyClaim one) {
        return new KeyClaim(one.digest, one.hash, null, null, false);
    }

    /** Returns the owner of the key, or null if several credentials have it. */
    public final @Nullable Identity identity() {
        return identity;
    }

    /** Returns whether the attribute is that of a version before the current one. */
    public final boolean previous() {
        return previous;
    }

    final boolean usableAt(long now) {
        return version == null || version.usableAt(now);
    }

    /** Returns whether it is usable. A claim without a version needs no look at the clock. */
    final boolean usable(Ticker ticker) {
        return version == null || version.usableAt(ticker.read());
    }

    /**
     * Returns for how many nanoseconds the attribute may still be used: 0 if no longer, {@link Long#MAX_VALUE} if without
     * end.
     */
    public final long usableFor(long now) {
        return version == null ? Long.MAX_VALUE : version.usableFor(now);
    }

    /** Returns when the attribute counts. There may be a million claims, most of them without bounds. */
    Validity validity() {
        return Validity.UNLIMITED;
    }

    /** Passes when the attribute and its proofs count. */
    void forEachValidity(Consumer<Validity> action) {
        action.accept(validity());
    }

    /** Returns for how many milliseconds its validity lasts; {@link Long#MAX_VALUE} if without end. */
    public final long validFor(long millis) {
        return validity().left(millis);
    }

    /** Returns whether both claims are equal. */
    boolean same(KeyClaim other) {
        return digest.equals(other.digest)
                && identity == other.identity
                && version == other.version
                && previous == other.previous
                && validity().equals(other.validity())
                && sameProofs(other);
    }

    /** Returns whether both claims are proven by the same proofs. An API key is its own proof. */
    boolean sameProofs(KeyClaim other) {
        return !(other instanceof ProvableClaim);
    }
}
