package dev.secretproviders.store;

import org.jspecify.annotations.Nullable;

/**
 * A part of the keys.
 *
 * @param prefix what the keys start with
 * @param from the first key, whole, inclusive, or null for the first there is
 * @param to the end, a whole key, exclusive, or null for no end
 * @param limit how many entries at most; 0 for all
 * @param descending whether the last keys come first
 */
public record Range(
        String prefix, @Nullable String from, @Nullable String to, int limit, boolean descending) {
    /** Returns the range of all keys with a prefix. */
    public static Range prefix(String prefix) {
        return new Range(prefix, null, null, 0, false);
    }

    /** Returns this range from {@code from} on. */
    public Range from(String from) {
        return new Range(prefix, from, to, limit, descending);
    }

    /** Returns this range up to {@code to}, exclusive. */
    public Range to(String to) {
        return new Range(prefix, from, to, limit, descending);
    }

    /** Returns this range with at most {@code limit} entries. */
    public Range limit(int limit) {
        return new Range(prefix, from, to, limit, descending);
    }

    /** Returns this range, last keys first. */
    public Range backwards() {
        return new Range(prefix, from, to, limit, true);
    }
}
