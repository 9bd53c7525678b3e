package dev.secretproviders.auth.proof;

import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.resolve.HeldVersion;
import dev.secretproviders.validity.Validity;
import org.jspecify.annotations.Nullable;

/**
 * A proof with the version of the secret that it was made from.
 *
 * @param digest the digest of the secret, by which an unchanged one is recognised
 * @param version the version, which bounds the use; null for a secret in the gateway's configuration
 * @param previous whether it is a version before the current one
 * @param validity when it counts
 */
public record HeldProof(
        Proof proof, KeyDigest digest, @Nullable HeldVersion version, boolean previous, Validity validity) {

    /** Stands for a secret that cannot prove a credential. It never does. */
    public record Unusable(String problem) implements Proof {}

    /** Returns whether it may be used at a time, in nanoseconds of {@link System#nanoTime}. */
    public boolean usableAt(long now) {
        return version == null || version.usableAt(now);
    }

    /** Returns for how many nanoseconds it may still be used; {@link Long#MAX_VALUE} if without end. */
    public long usableFor(long now) {
        return version == null ? Long.MAX_VALUE : version.usableFor(now);
    }
}
