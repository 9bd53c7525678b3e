package dev.secretproviders.auth.hmac;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * Computes one HMAC at a time (RFC 2104) over a text that arrives in pieces. Belongs to one thread and is used again,
 * because {@code javax.crypto.Mac} would have to be set up for each request.
 */
final class Signer {
    private static final ThreadLocal<Map<HmacAlgorithm, Signer>> OF_THREAD = ThreadLocal.withInitial(Signer::all);
    private static final byte INNER = 0x36;
    private static final byte OUTER = 0x5c;

    private final HmacAlgorithm algorithm;
    private final MessageDigest digest;
    private final byte[] pad;
    private final byte[] result;

    private Signer(HmacAlgorithm algorithm) {
        this.algorithm = algorithm;
        try {
            digest = MessageDigest.getInstance(algorithm.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java runtime has no " + algorithm.digest(), e);
        }
        pad = new byte[algorithm.block()];
        result = new byte[algorithm.length()];
    }

    private static Map<HmacAlgorithm, Signer> all() {
        Map<HmacAlgorithm, Signer> signers = new EnumMap<>(HmacAlgorithm.class);
        for (HmacAlgorithm algorithm : HmacAlgorithm.values()) {
            signers.put(algorithm, new Signer(algorithm));
        }
        return signers;
    }

    /** Returns the calling thread's signer, ready for a text under {@code key}. */
    static Signer begin(HmacAlgorithm algorithm, byte[] key) {
        Signer signer = Objects.requireNonNull(OF_THREAD.get().get(algorithm));
        signer.digest.reset();
        signer.pad(key, INNER);
        signer.digest.update(signer.pad);
        return signer;
    }

    void add(byte[] bytes, int offset, int length) {
        digest.update(bytes, offset, length);
    }

    void add(byte b) {
        digest.update(b);
    }

    /** Ends the text. Returns the signature, which is valid until the next use; wipe it. */
    byte[] sign(byte[] key) {
        try {
            int _ = digest.digest(result, 0, result.length);
            pad(key, OUTER);
            digest.update(pad);
            Arrays.fill(pad, (byte) 0);
            digest.update(result);
            int _ = digest.digest(result, 0, result.length);
            return result;
        } catch (DigestException e) {
            throw new IllegalStateException("a " + algorithm.digest() + " fits its array", e);
        }
    }

    /** Fills the block with the key. A key longer than a block is replaced by its digest. */
    private void pad(byte[] key, byte with) {
        int length = key.length;
        if (length <= pad.length) {
            System.arraycopy(key, 0, pad, 0, length);
        } else {
            byte[] shorter = digestOf(key);
            length = shorter.length;
            System.arraycopy(shorter, 0, pad, 0, length);
            Arrays.fill(shorter, (byte) 0);
        }
        Arrays.fill(pad, length, pad.length, (byte) 0);
        for (int i = 0; i < pad.length; i++) {
            pad[i] ^= with;
        }
    }

    private byte[] digestOf(byte[] key) {
        digest.reset();
        return digest.digest(key);
    }
}
