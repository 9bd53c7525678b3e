package dev.secretproviders.crypto;

import dev.secretproviders.spi.Secret;
import java.security.MessageDigest;
import java.util.Base64;

/**
 * What is kept of a secret that only has to be recognised: HMAC-SHA-256 of it under a random salt of its own. Meant for tokens
 * that we make ourselves: they carry 256 random bits, which no search finds however fast the hash is, so it need not be slow.
 * For passwords that people choose it would be the wrong function.
 *
 * <p>Immutable and thread-safe.
 */
public final class SaltedHash {
    private static final int SALT = 16;
    private static final String SCHEME = "hmac-sha-256";

    private final byte[] salt;
    private final byte[] hash;

    private SaltedHash(byte[] salt, byte[] hash) {
        this.salt = salt;
        this.hash = hash;
    }

    /** Hashes a secret under a new salt; the secret stays the caller's. */
    public static SaltedHash of(Secret secret) {
        byte[] salt = new byte[SALT];
        FipsModule.load().random().nextBytes(salt);
        return new SaltedHash(salt, hash(salt, secret));
    }

    /**
     * Reads what {@link #encoded} wrote.
     *
     * @throws IllegalArgumentException if it is not that
     */
    public static SaltedHash decode(String encoded) {
        String[] parts = encoded.split("\\$", -1);
        if (parts.length != 3 || !parts[0].equals(SCHEME)) {
            throw new IllegalArgumentException("is not a salted hash");
        }
        byte[] salt = Base64.getDecoder().decode(parts[1]);
        byte[] hash = Base64.getDecoder().decode(parts[2]);
        if (salt.length != SALT || hash.length != Hmac.LENGTH) {
            throw new IllegalArgumentException("is not a salted hash");
        }
        return new SaltedHash(salt, hash);
    }

    /** Returns whether it is the hash of this secret, in constant time. */
    public boolean matches(Secret secret) {
        return MessageDigest.isEqual(hash, hash(salt, secret));
    }

    /** Returns it as a text for storing. */
    public String encoded() {
        Base64.Encoder base64 = Base64.getEncoder();
        return SCHEME + "$" + base64.encodeToString(salt) + "$" + base64.encodeToString(hash);
    }

    private static byte[] hash(byte[] salt, Secret secret) {
        return secret.use(bytes -> Hmac.raw(salt, bytes));
    }

    @Override
    public String toString() {
        return "SaltedHash[***]";
    }
}
