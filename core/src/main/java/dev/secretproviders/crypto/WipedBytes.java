package dev.secretproviders.crypto;

import java.io.OutputStream;
import java.util.Arrays;
import java.util.Objects;

/**
 * Collects secret bytes. Each array that it has used is overwritten: when it grows out of it, and when it is closed. The
 * caller wipes what {@link #toByteArray} returns. Not thread-safe.
 */
public final class WipedBytes extends OutputStream {
    private static final int FIRST = 256;

    private byte[] bytes = new byte[FIRST];
    private int length;

    @Override
    public void write(int value) {
        reserve(1);
        bytes[length++] = (byte) value;
    }

    @Override
    public void write(byte[] source, int offset, int count) {
        Objects.checkFromIndexSize(offset, count, source.length);
        reserve(count);
        System.arraycopy(source, offset, bytes, length, count);
        length += count;
    }

    /** Adds all bytes of an array. */
    public void writeBytes(byte[] source) {
        write(source, 0, source.length);
    }

    private void reserve(int count) {
        int needed = Math.addExact(length, count);
        if (needed > bytes.length) {
            byte[] outgrown = bytes;
            bytes = Arrays.copyOf(outgrown, Math.max(needed, (int)
                    Math.min(Integer.MAX_VALUE - 8L, outgrown.length * 2L)));
            Arrays.fill(outgrown, (byte) 0);
        }
    }

    /** Returns a copy of what was written. */
    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, length);
    }

    /** Returns the array in use. */
    byte[] array() {
        return bytes;
    }

    /** Overwrites what was written. */
    @Override
    public void close() {
        Arrays.fill(bytes, (byte) 0);
        length = 0;
    }
}
