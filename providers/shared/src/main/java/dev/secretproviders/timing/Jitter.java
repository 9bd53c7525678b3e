package dev.secretproviders.timing;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** Spreads pauses, so that runners that began to wait at the same moment do not all continue at the same moment. */
public final class Jitter {
    private Jitter() {}

    /** Returns a random moment in the second half of a span, both ends included, in nanoseconds. */
    public static long inSecondHalf(Duration span, RandomGenerator random) {
        long nanos = span.toNanos();
        return nanos / 2 + random.nextLong(nanos / 2 + 1);
    }
}
