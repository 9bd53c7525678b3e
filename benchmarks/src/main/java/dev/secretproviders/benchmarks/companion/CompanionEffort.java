package dev.secretproviders.benchmarks.companion;

import java.time.Duration;

/**
 * How much time to spend.
 *
 * @param rounds how many times each row is measured, all rows in turn
 * @param slice one measurement, in whole seconds
 * @param warmUp how long the runner is asked about each request before the measurement, and how long each row is
 *     driven, in whole seconds
 * @param requests how many different requests each row has
 * @param questions how long the questions of workers that share memory are counted
 * @param revocations how many times a key is revoked
 * @param wrongKeys how many unknown keys are tried
 * @param remembered how many good keys a worker remembers when its memory is measured: as many as it may. At this
 *     number each of its tables has just doubled and takes the most memory
 */
public record CompanionEffort(
        int rounds,
        Duration slice,
        Duration warmUp,
        int requests,
        Duration questions,
        int revocations,
        int wrongKeys,
        int remembered) {
    /** Returns the effort for published figures. */
    public static final CompanionEffort WHOLE = new CompanionEffort(
            30, Duration.ofSeconds(2), Duration.ofSeconds(20), 100_000, Duration.ofSeconds(60), 200, 1_000_000, 33_280);

    /** Returns the effort for a quick check. */
    public static final CompanionEffort QUICK = new CompanionEffort(
            2, Duration.ofSeconds(1), Duration.ofSeconds(1), 20_000, Duration.ofSeconds(5), 5, 20_000, 2_080);
}
