package dev.secretproviders.crypto;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.SecretKeySpec;

/**
 * Digests secrets with HMAC-SHA-256 (RFC 2104, FIPS 198-1) under a random key, which leaves this object only to be sealed
 * for the next process (last-known-good). The credential index holds only such digests, so no key of a client stays in the heap in clear.
 *
 * <p>Thread-safe.
 */
public final class KeyDigester {
    private static final String ALGORITHM = "HmacSHA256";

    /** The key, and each thread's computation under it; replaced together. */
    private volatile Keyed keyed;

    private record Keyed(SecretKeySpec key, ThreadLocal<Computation> computations) {
        static Keyed under(byte[] key) {
            SecretKeySpec spec = new SecretKeySpec(key, ALGORITHM);
            return new Keyed(spec, ThreadLocal.withInitial(() -> new Computation(newMac(spec))));
        }
    }

    /** One thread's. */
    private static final class Computation {
        private final Mac mac;
        /** For a result on its way into a {@link KeyDigest}. */
        private final byte[] out = new byte[KeyDigest.BYTES];

        Computation(Mac mac) {
            this.mac = mac;
        }

        KeyDigest digest(byte[] bytes, int offset, int length) {
            mac.update(bytes, offset, length);
            try {
                mac.doFinal(out, 0);
            } catch (ShortBufferException e) {
                throw new IllegalStateException("an HMAC-SHA-256 has 32 bytes", e);
            }
            return new KeyDigest(out);
        }
    }

    /** Creates a digester with a new random key. */
    public KeyDigester() {
        byte[] key = new byte[KeyDigest.BYTES];
        new SecureRandom().nextBytes(key);
        keyed = Keyed.under(key);
        Arrays.fill(key, (byte) 0);
    }

    /**
     * Takes another key, that of the process before. Digests made until now mean nothing afterwards, so this comes before any
     * is kept.
     *
     * @param key 32 bytes, which stay the caller's
     */
    public void adopt(Secret key) {
        if (key.length() != KeyDigest.BYTES) {
            throw new IllegalArgumentException("a digest key has 32 bytes");
        }
        keyed = key.use(Keyed::under);
    }

    /** Returns a copy of the key, only to be sealed for the next process; the caller closes it. */
    public Secret key() {
        return Secret.owning(keyed.key().getEncoded());
    }

    /** Returns the digest of the secret's bytes. */
    public KeyDigest digest(Secret secret) {
        return secret.use(bytes -> digest(bytes, 0, bytes.length));
    }

    /** Returns the digest of {@code length} bytes from {@code offset}; the array is only read. */
    public KeyDigest digest(byte[] bytes, int offset, int length) {
        return keyed.computations().get().digest(bytes, offset, length);
    }

    private static Mac newMac(SecretKeySpec key) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime has no " + ALGORITHM, e);
        }
    }
}
