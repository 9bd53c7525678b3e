package dev.secretproviders.auth;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * When the index may be built anew: after a long build there is a rest of four times as long, a fifth of a second at most. While
 * ten thousand consumers come in one by one, building all the time would take the processors from what brings them; those that
 * come meanwhile are taken together into the next build.
 *
 * <p>What counts is what a build worked, not how long it took: on a busy machine a build of three consumers waits for its turn, and
 * whoever comes next would wait once more. Not thread-safe.
 */
final class BuildPace {
    private static final long TOO_SHORT_TO_MATTER = Duration.ofMillis(5).toNanos();
    private static final long LONGEST_REST = Duration.ofMillis(200).toNanos();
    private static final int REST_PER_WORK = 4;

    private final LongSupplier nanoTime;
    private final LongSupplier workTime;
    private long restUntil;

    /** Paces builds of this machine, which all run on one thread at a time. */
    BuildPace() {
        this(System::nanoTime, workTime(ManagementFactory.getThreadMXBean()));
    }

    /**
     * Creates it.
     *
     * @param nanoTime the time
     * @param workTime the processor time of the thread that builds; both in nanoseconds
     */
    BuildPace(LongSupplier nanoTime, LongSupplier workTime) {
        this.nanoTime = nanoTime;
        this.workTime = workTime;
        this.restUntil = nanoTime.getAsLong();
    }

    /** Does a build, and rests from then on. */
    void build(Runnable build) {
        long start = workTime.getAsLong();
        build.run();
        long worked = workTime.getAsLong() - start;
        long end = nanoTime.getAsLong();
        restUntil = worked < TOO_SHORT_TO_MATTER ? end : end + Math.min(REST_PER_WORK * worked, LONGEST_REST);
    }

    private static LongSupplier workTime(ThreadMXBean threads) {
        return threads.isCurrentThreadCpuTimeSupported() && threads.isThreadCpuTimeEnabled()
                ? threads::getCurrentThreadCpuTime
                : System::nanoTime;
    }

    /** Returns how many nanoseconds of the rest are left; not above zero if a build may begin. */
    long left() {
        return restUntil - nanoTime.getAsLong();
    }
}
