package dev.secretproviders.crypto;

import java.security.SecureRandom;

/**
 * A keyed digest of a secret, digested once more with a random salt of its own: SHA-256 of the salt and the digest. Two
 * credentials with the same password therefore have different salted digests. {@link KeyDigester#salted} makes it,
 * and {@link KeyDigester#matches} compares in constant time.
 *
 * <p>Immutable and thread-safe.
 */
public final class SaltedDigest {
    private static final int SALT = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    final byte[] salt;
    final KeyDigest digest;

    SaltedDigest(byte[] salt, KeyDigest digest) {
        this.salt = salt;
        this.digest = digest;
    }

    /** Returns a new salt. */
    static byte[] newSalt() {
        byte[] salt = new byte[SALT];
        RANDOM.nextBytes(salt);
        return salt;
    }

    @Override
    public String toString() {
        return "SaltedDigest[***]";
    }
}
