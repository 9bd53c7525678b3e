package dev.secretproviders.crypto;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.SecureRandom;

/**
 * A keyed digest of a secret, digested once more with a random salt of its own: SHA-256 of the salt and the digest. Two
 * credentials with the same password therefore have different salted digests. {@link KeyDigester#salted} makes it,
 * and {@link KeyDigester#matches} compares in constant time.
 *
 * <p>Immutable and thread-safe.
 */
public final class SaltedDigest {
    /** The length of a salt in bytes. */
    static final int SALT = 2 * Long.BYTES;

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    // No arrays, and no other objects: each would be one more place of memory to read for a request.
    private final long firstOfSalt;
    private final long secondOfSalt;
    private final long first;
    private final long second;
    private final long third;
    private final long fourth;

    /** @param digest as {@link KeyDigest#read} gives it */
    SaltedDigest(byte[] salt, long[] digest) {
        firstOfSalt = (long) LONG.get(salt, 0);
        secondOfSalt = (long) LONG.get(salt, Long.BYTES);
        first = digest[0];
        second = digest[1];
        third = digest[2];
        fourth = digest[3];
    }

    /** Returns a new salt. */
    static byte[] newSalt() {
        byte[] salt = new byte[SALT];
        RANDOM.nextBytes(salt);
        return salt;
    }

    /** Writes the salt to the beginning of an array. */
    void writeSalt(byte[] into) {
        LONG.set(into, 0, firstOfSalt);
        LONG.set(into, Long.BYTES, secondOfSalt);
    }

    /** Returns whether this is the salted digest that {@link KeyDigest#read} gave, in constant time. */
    boolean is(long[] digest) {
        return ((first ^ digest[0]) | (second ^ digest[1]) | (third ^ digest[2]) | (fourth ^ digest[3])) == 0;
    }

    @Override
    public String toString() {
        return "SaltedDigest[***]";
    }
}
