package dev.secretproviders.crypto;

import dev.secretproviders.spi.Secret;
import java.security.MessageDigest;
import java.util.Base64;

/**
 * A salted hash, kept to recognise a secret: its HMAC-SHA-256 under a random salt of its own. It is meant for tokens
 * that the runner generates. They carry 256 random bits, which no search can find, so the hash need not be slow. It is
 * unsuitable for passwords that people choose.
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

    /** Hashes a secret under a new salt. The caller still owns the secret. */
    public static SaltedHash of(Secret secret) {
        byte[] salt = new byte[SALT];
        FipsModule.load().random().nextBytes(salt);
        return new SaltedHash(salt, hash(salt, secret));
    }

    /**
     * Reads what {@link #encoded} wrote.
     *
     * @throws IllegalArgumentException if the text is not an encoded hash
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

    /** Returns whether this is the hash of the secret, in constant time. */
    public boolean matches(Secret secret) {
        return MessageDigest.isEqual(hash, hash(salt, secret));
    }

    /** Returns the hash as a text to store. */
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
