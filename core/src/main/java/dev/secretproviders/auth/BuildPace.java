package dev.secretproviders.auth;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Paces the builds of the index. After a long build follows a rest of four times its length, at most a fifth of a
 * second. While ten thousand consumers arrive one by one, constant building would slow down their arrival. Consumers
 * that arrive during a rest go into the next build together.
 *
 * <p>The length of a build is its processor time. On a busy machine even a build of three consumers waits for a
 * processor, and the next consumer would otherwise wait again. Not thread-safe.
 */
final class BuildPace {
    private static final long TOO_SHORT_TO_MATTER = Duration.ofMillis(5).toNanos();
    private static final long LONGEST_REST = Duration.ofMillis(200).toNanos();
    private static final int REST_PER_WORK = 4;

    private final LongSupplier nanoTime;
    private final LongSupplier workTime;
    private long restUntil;

    /** Creates a pace by the clocks of this machine. Builds must run on one thread at a time. */
    BuildPace() {
        this(System::nanoTime, workTime(ManagementFactory.getThreadMXBean()));
    }

    /**
     * Creates a pace by the given clocks.
     *
     * @param nanoTime the time in nanoseconds
     * @param workTime the processor time of the building thread in nanoseconds
     */
    BuildPace(LongSupplier nanoTime, LongSupplier workTime) {
        this.nanoTime = nanoTime;
        this.workTime = workTime;
        this.restUntil = nanoTime.getAsLong();
    }

    /** Runs a build, after which the rest begins. */
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

    /** Returns the remaining nanoseconds of the rest; zero or less if a build may begin. */
    long left() {
        return restUntil - nanoTime.getAsLong();
    }
}
