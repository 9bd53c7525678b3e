package dev.secretproviders.store;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A {@link Range} as bytes, as engines need it. Immutable; the arrays are not copied. */
public final class KeyRange {
    private final byte[] start;
    private final byte @Nullable [] end;

    private KeyRange(byte[] start, byte @Nullable [] end) {
        this.start = start;
        this.end = end;
    }

    /** Returns the first key, inclusive. */
    public byte[] start() {
        return start;
    }

    /** Returns the end, exclusive; null for no end. */
    public byte @Nullable [] end() {
        return end;
    }

    /** Returns the keys of a range: those with its prefix, from its start to its end. */
    public static KeyRange of(Range range) {
        byte[] start = Keys.utf8(range.prefix());
        byte[] end = after(start);
        if (range.from() != null) {
            byte[] from = Keys.utf8(range.from());
            start = Arrays.compareUnsigned(from, start) > 0 ? from : start;
        }
        if (range.to() != null) {
            byte[] to = Keys.utf8(range.to());
            end = end == null || Arrays.compareUnsigned(to, end) < 0 ? to : end;
        }
        return new KeyRange(start, end);
    }

    /** Returns whether no key is in this range. */
    public boolean isEmpty() {
        return end != null && Arrays.compareUnsigned(start, end) >= 0;
    }

    /** Returns whether a key can be in both ranges. */
    public boolean overlaps(KeyRange other) {
        return isBefore(start, other.end) && isBefore(other.start, end);
    }

    private static boolean isBefore(byte[] first, byte @Nullable [] end) {
        return end == null || Arrays.compareUnsigned(first, end) < 0;
    }

    /** Returns whether a key is in this range. */
    public boolean contains(byte[] key) {
        return Arrays.compareUnsigned(key, start) >= 0 && (end == null || Arrays.compareUnsigned(key, end) < 0);
    }

    /** Returns the first key after all that start with the prefix; UTF-8 has no byte 255, so that adding 1 never overflows. */
    private static byte @Nullable [] after(byte[] prefix) {
        if (prefix.length == 0) {
            return null;
        }
        byte[] end = prefix.clone();
        end[end.length - 1]++;
        return end;
    }
}
