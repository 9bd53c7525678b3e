package dev.secretproviders.app;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * Rests after long tasks: four times as long as the task took, a fifth of a second at most. The index is built anew after each
 * change; while ten thousand secrets come in one by one, building it all the time would take the processors from what brings
 * them. Changes that come meanwhile are taken together into the next one.
 *
 * <p>Thread-safe if the executor below is.
 */
final class PacedExecutor implements Executor {
    private static final long TOO_SHORT_TO_MATTER = Duration.ofMillis(5).toNanos();
    private static final long LONGEST_REST = Duration.ofMillis(200).toNanos();
    private static final int REST_PER_WORK = 4;

    private final Executor thread;
    private final LongSupplier nanoTime;
    private final Rest rest;

    /** How the time is passed. */
    @FunctionalInterface
    interface Rest {
        void sleep(Duration time) throws InterruptedException;
    }

    /**
     * Creates it.
     *
     * @param thread runs one task at a time; it is what rests
     */
    PacedExecutor(Executor thread) {
        this(thread, System::nanoTime, Thread::sleep);
    }

    PacedExecutor(Executor thread, LongSupplier nanoTime, Rest rest) {
        this.thread = thread;
        this.nanoTime = nanoTime;
        this.rest = rest;
    }

    @Override
    public void execute(Runnable task) {
        thread.execute(() -> {
            long start = nanoTime.getAsLong();
            task.run();
            long took = nanoTime.getAsLong() - start;
            if (took < TOO_SHORT_TO_MATTER) {
                return;
            }
            try {
                rest.sleep(Duration.ofNanos(Math.min(REST_PER_WORK * took, LONGEST_REST)));
            } catch (InterruptedException e) {
                // The runner stops.
                Thread.currentThread().interrupt();
            }
        });
    }
}
