package dev.secretproviders.benchmarks.subject;

import dev.secretproviders.benchmarks.load.Texts;
import java.util.function.IntFunction;

/**
 * Consumers with one key each. The same number gives the same consumers and keys.
 *
 * @param count the number of consumers
 */
public record Credentials(int count) {
    private static final long KEY_SEED = 0x9e37_79b9_7f4a_7c15L;
    private static final long STRANGER_SEED = 0xd1b5_4a32_d192_ed03L;
    /**
     * The number of different keys in requests, spread over all, so that look-ups do not stay in the processor's cache.
     */
    private static final int MOST_SENT = 1 << 16;

    /** Returns the name of a consumer. */
    public static String name(int index) {
        return "consumer_%07d".formatted(index);
    }

    /** Returns its key: 32 hexadecimal digits. */
    public static String key(int index) {
        return hex(KEY_SEED, index);
    }

    /** Returns an unknown key. */
    static String stranger(int index) {
        return hex(STRANGER_SEED, index);
    }

    /** Returns the keys of requests. */
    Texts sentKeys() {
        return sent(Credentials::key);
    }

    /** Returns the names of their consumers. */
    Texts sentNames() {
        return sent(Credentials::name);
    }

    /** Returns the same number of unknown keys. */
    Texts strangers() {
        return sent(Credentials::stranger);
    }

    /** Returns a text for each key of the requests, in the same order. */
    Texts sent(IntFunction<String> text) {
        return Texts.of(sent(), i -> text.apply(place(i)));
    }

    private int sent() {
        return Math.min(count, MOST_SENT);
    }

    /** Returns an index, by a stride that is coprime to powers of ten; it covers all when there are few. */
    private int place(int index) {
        return (int) (index * 7_919L % count);
    }

    private static String hex(long seed, int index) {
        return "%016x%016x".formatted(mix(seed + index), mix(seed ^ ((long) index << Integer.SIZE)));
    }

    /** Applies the finalizer of SplitMix64, which is a bijection: all keys are different. */
    private static long mix(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xbf58_476d_1ce4_e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d0_49bb_1331_11ebL;
        return z ^ (z >>> 31);
    }
}
