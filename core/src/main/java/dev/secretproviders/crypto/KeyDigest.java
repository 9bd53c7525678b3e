package dev.secretproviders.crypto;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The keyed digest of a secret (32 bytes, see {@link KeyDigester}). Two digests of one digester are equal exactly when
 * the secrets are equal. Without the digester's key, a digest reveals nothing about its secret.
 *
 * <p>Immutable. Comparison takes the same time wherever the digests differ.
 */
public sealed class KeyDigest permits NameDigest {
    static final int BYTES = 32;
    /** The length of a digest in longs. */
    public static final int LONGS = BYTES / Long.BYTES;

    private static final VarHandle BYTES_AS_LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final long first;
    private final long second;
    private final long third;
    private final long fourth;

    KeyDigest(byte[] bytes) {
        first = (long) BYTES_AS_LONGS.get(bytes, 0);
        second = (long) BYTES_AS_LONGS.get(bytes, 8);
        third = (long) BYTES_AS_LONGS.get(bytes, 16);
        fourth = (long) BYTES_AS_LONGS.get(bytes, 24);
    }

    /**
     * Reads a digest that {@link #toBytes} wrote.
     *
     * @throws IllegalArgumentException if it does not have 32 bytes
     */
    public static KeyDigest ofBytes(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("a digest has 32 bytes");
        }
        return new KeyDigest(bytes);
    }

    /** Returns the 32 bytes of the digest, only to be sealed. */
    public final byte[] toBytes() {
        byte[] bytes = new byte[BYTES];
        BYTES_AS_LONGS.set(bytes, 0, first);
        BYTES_AS_LONGS.set(bytes, 8, second);
        BYTES_AS_LONGS.set(bytes, 16, third);
        BYTES_AS_LONGS.set(bytes, 24, fourth);
        return bytes;
    }

    /** Returns whether this is the digest that {@link KeyDigester#digestOf} wrote, in constant time. */
    public final boolean is(long[] digest) {
        return ((first ^ digest[0]) | (second ^ digest[1]) | (third ^ digest[2]) | (fourth ^ digest[3])) == 0;
    }

    /** Returns the {@link #hashCode()} of a digest in longs. */
    public static int hash(long[] digest) {
        return (int) digest[0];
    }

    /** Reads 32 bytes into longs. */
    static void read(byte[] bytes, long[] digest) {
        for (int i = 0; i < LONGS; i++) {
            digest[i] = (long) BYTES_AS_LONGS.get(bytes, i * Long.BYTES);
        }
    }

    @Override
    public final boolean equals(Object other) {
        return other instanceof KeyDigest that
                && ((first ^ that.first) | (second ^ that.second) | (third ^ that.third) | (fourth ^ that.fourth)) == 0;
    }

    /** Evenly distributed, as every part of an HMAC. */
    @Override
    public final int hashCode() {
        return (int) first;
    }

    @Override
    public final String toString() {
        return "KeyDigest[***]";
    }
}
