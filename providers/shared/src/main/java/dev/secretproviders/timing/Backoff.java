package dev.secretproviders.timing;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/**
 * Exponential back-off with jitter: after n failures in a row the pause is a random moment in the upper half of {@code first *
 * 2^(n-1)}, at most {@code longest}. The jitter keeps runners that lost the same peer from coming back at the same moment.
 */
public record Backoff(Duration first, Duration longest) {
    private static final int MOST_DOUBLINGS = 20;

    /** Returns the pause in nanoseconds after {@code failures} (at least 1) failures in a row. */
    public long pause(int failures, RandomGenerator random) {
        return Jitter.inSecondHalf(ceiling(failures), random);
    }

    /** Returns such a pause, with the random numbers of this thread. */
    public Duration pause(int failures) {
        return Duration.ofNanos(pause(failures, ThreadLocalRandom.current()));
    }

    /** Returns the longest pause after that many failures: the pause without jitter. */
    public Duration ceiling(int failures) {
        int doublings = Math.min(failures - 1, MOST_DOUBLINGS);
        return Duration.ofNanos(Math.min(first.toNanos() << doublings, longest.toNanos()));
    }
}
