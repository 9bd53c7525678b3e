package dev.secretproviders.store;

import org.jspecify.annotations.Nullable;

/**
 * A range of the keys.
 *
 * @param prefix the start of all keys in the range
 * @param from the first key, complete, inclusive, or null for the first one present
 * @param to the end, a complete key, exclusive, or null for no end
 * @param limit the maximum number of entries; 0 for all
 * @param descending whether the order is descending
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

    /** Returns this range in descending order. */
    public Range backwards() {
        return new Range(prefix, from, to, limit, true);
    }
}
