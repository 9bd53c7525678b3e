package dev.secretproviders.benchmarks.subject;

import dev.secretproviders.benchmarks.load.Texts;

/**
 * Consumers with one key each, the same ones for whoever asks for the same number.
 *
 * @param count how many
 */
public record Credentials(int count) {
    private static final long KEY_SEED = 0x9e37_79b9_7f4a_7c15L;
    private static final long STRANGER_SEED = 0xd1b5_4a32_d192_ed03L;
    /** Requests take keys from this many places spread over all, so that look-ups do not stay in the processor's cache. */
    private static final int MOST_SENT = 1 << 16;

    /** Returns the name of a consumer. */
    public static String name(int index) {
        return "consumer_%07d".formatted(index);
    }

    /** Returns its key: 32 hexadecimal digits. */
    public static String key(int index) {
        return hex(KEY_SEED, index);
    }

    /** Returns a key that is nobody's. */
    static String stranger(int index) {
        return hex(STRANGER_SEED, index);
    }

    /** Returns the keys that requests carry. */
    Texts sentKeys() {
        return Texts.of(sent(), i -> key(place(i)));
    }

    /** Returns the names of their consumers. */
    Texts sentNames() {
        return Texts.of(sent(), i -> name(place(i)));
    }

    /** Returns as many keys that are nobody's. */
    Texts strangers() {
        return Texts.of(sent(), i -> stranger(place(i)));
    }

    private int sent() {
        return Math.min(count, MOST_SENT);
    }

    /** A walk with a stride that is prime to powers of ten, through all when there are few. */
    private int place(int index) {
        return (int) (index * 7_919L % count);
    }

    private static String hex(long seed, int index) {
        return "%016x%016x".formatted(mix(seed + index), mix(seed ^ ((long) index << Integer.SIZE)));
    }

    /** The finalizer of SplitMix64, which is a bijection: no two keys are the same. */
    private static long mix(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xbf58_476d_1ce4_e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d0_49bb_1331_11ebL;
        return z ^ (z >>> 31);
    }
}
