package dev.secretproviders.crypto;

import dev.secretproviders.spi.Secret;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * HMAC-SHA-256 (FIPS 198-1) of the FIPS module, under one key. Parts are signed with their lengths, so that different
 * lists of parts never give the same input.
 *
 * <p>Thread-safe.
 */
public final class Hmac {
    /** The length of a signature in bytes. */
    public static final int LENGTH = 32;

    private static final String ALGORITHM = "HmacSHA256";
    /** The shortest key that approved mode accepts, in bytes (112 bits). */
    private static final int SHORTEST_KEY = 14;

    private final SecretKey key;

    private Hmac(SecretKey key) {
        this.key = key;
    }

    /**
     * Returns the HMAC under a key. The caller still owns the key.
     *
     * @throws IllegalArgumentException if the key has less than 112 bits
     */
    public static Hmac withKey(Secret key) {
        return key.use(bytes -> {
            if (bytes.length < SHORTEST_KEY) {
                throw new IllegalArgumentException("an HMAC key has at least 112 bits");
            }
            return new Hmac(new SecretKeySpec(bytes, ALGORITHM));
        });
    }

    /**
     * Computes many signatures in a row. The key is prepared once, which takes the module longer than half a kilobyte
     * of input.
     *
     * <p>For one thread.
     */
    public static final class Series {
        private final Mac mac;

        private Series(Mac mac) {
            this.mac = mac;
        }

        /** Signs the parts. */
        public byte[] sign(byte[]... parts) {
            for (byte[] part : parts) {
                add(part, part.length);
            }
            return mac.doFinal();
        }

        /** Returns whether the signature is that of the parts, in a time that does not depend on where it differs. */
        public boolean verify(byte[] signature, byte[] label, byte[] bytes, int length) {
            add(label, label.length);
            add(bytes, length);
            return MessageDigest.isEqual(signature, mac.doFinal());
        }

        private void add(byte[] part, int length) {
            mac.update((byte) (length >>> 24));
            mac.update((byte) (length >>> 16));
            mac.update((byte) (length >>> 8));
            mac.update((byte) length);
            mac.update(part, 0, length);
        }
    }

    /** Returns a series of signatures under this key. */
    public Series series() {
        return new Series(mac(key));
    }

    /** Signs the parts. */
    public byte[] sign(byte[]... parts) {
        return series().sign(parts);
    }

    /**
     * Computes the plain function (RFC 2104) over the parts in a row, without their lengths, as other programs do. The
     * caller still owns the key.
     *
     * @throws IllegalArgumentException if the key has less than 112 bits
     */
    public static byte[] plain(Secret key, byte[]... parts) {
        Mac mac = mac(withKey(key).key);
        for (byte[] part : parts) {
            mac.update(part);
        }
        return mac.doFinal();
    }

    /** Computes the plain function, as test vectors use it. */
    static byte[] raw(byte[] key, byte[] message) {
        return mac(new SecretKeySpec(key, ALGORITHM)).doFinal(message);
    }

    private static Mac mac(SecretKey key) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM, FipsModule.load().provider());
            mac.init(key);
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the FIPS module refuses " + ALGORITHM, e);
        }
    }
}
