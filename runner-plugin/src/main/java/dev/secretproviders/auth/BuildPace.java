package dev.secretproviders.auth;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * When the index may be built anew: after a long build there is a rest of four times as long, a fifth of a second at most. While
 * ten thousand consumers come in one by one, building all the time would take the processors from what brings them; those that
 * come meanwhile are taken together into the next build. Not thread-safe.
 */
final class BuildPace {
    private static final long TOO_SHORT_TO_MATTER = Duration.ofMillis(5).toNanos();
    private static final long LONGEST_REST = Duration.ofMillis(200).toNanos();
    private static final int REST_PER_WORK = 4;

    private final LongSupplier nanoTime;
    private long restUntil;

    BuildPace(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.restUntil = nanoTime.getAsLong();
    }

    /** Does a build, and rests from then on. */
    void build(Runnable build) {
        long start = nanoTime.getAsLong();
        build.run();
        long end = nanoTime.getAsLong();
        long took = end - start;
        restUntil = took < TOO_SHORT_TO_MATTER ? end : end + Math.min(REST_PER_WORK * took, LONGEST_REST);
    }

    /** Returns how many nanoseconds of the rest are left; not above zero if a build may begin. */
    long left() {
        return restUntil - nanoTime.getAsLong();
    }
}
