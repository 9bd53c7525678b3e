package dev.secretproviders.benchmarks.load;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.IntFunction;

/** Many texts of one length in one array: keys of requests or names of consumers. Immutable. */
public final class Texts {
    private final byte[] bytes;
    private final int length;

    private Texts(byte[] bytes, int length) {
        this.bytes = bytes;
        this.length = length;
    }

    /**
     * Returns texts from a function.
     *
     * @param count how many, at least 1
     * @throws IllegalArgumentException if they differ in length
     */
    public static Texts of(int count, IntFunction<String> text) {
        int length = utf8(text.apply(0)).length;
        byte[] bytes = new byte[Math.multiplyExact(count, length)];
        for (int i = 0; i < count; i++) {
            byte[] one = utf8(text.apply(i));
            if (one.length != length) {
                throw new IllegalArgumentException("texts of " + length + " and " + one.length + " bytes");
            }
            System.arraycopy(one, 0, bytes, i * length, length);
        }
        return new Texts(bytes, length);
    }

    /** Returns how many there are. */
    public int count() {
        return bytes.length / length;
    }

    /** Returns text {@code index}. */
    public String get(int index) {
        return new String(bytes, index * length, length, StandardCharsets.UTF_8);
    }

    /** Puts text {@code index} into a frame. */
    void put(int index, ByteBuffer frame, int at) {
        frame.put(at, bytes, index * length, length);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
