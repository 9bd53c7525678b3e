package dev.secretproviders.resolve;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Exponential back-off with jitter: after n failures in a row the pause is a random moment in the upper half of {@code first *
 * 2^(n-1)}, at most {@code longest}. The jitter keeps runners that lost the same manager from coming back at the same moment.
 */
record Backoff(Duration first, Duration longest) {

    /** Returns the pause in nanoseconds after {@code failures} (at least 1) failures in a row. */
    long pause(int failures, RandomGenerator random) {
        int doublings = Math.min(failures - 1, 20);
        long ceiling = Math.min(first.toNanos() << doublings, longest.toNanos());
        return ceiling / 2 + random.nextLong(ceiling / 2 + 1);
    }
}
