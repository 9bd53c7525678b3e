package dev.secretproviders.resolve;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Starts each call of a provider when it is due, and gives up those that hang. Thread-safe. */
final class FetchScheduler {
    private static final long NONE = Long.MAX_VALUE;

    private final Engine engine;
    private final Executor fetching;
    private final @Nullable ScheduledExecutorService timer;
    /** For when the next alarm is set; guarded by the resolver's lock. */
    private long alarm = NONE;

    /**
     * Creates it; the first {@link #pump} begins.
     *
     * @param fetching where providers are called
     * @param timer wakes it when something is due; without one, {@link #pump} must be called
     */
    FetchScheduler(Engine engine, Executor fetching, @Nullable ScheduledExecutorService timer) {
        this.engine = engine;
        this.fetching = fetching;
        this.timer = timer;
    }

    /** Starts what may be asked now, and sets the alarm for the next time. */
    void pump() {
        engine.usable().tidy();
        try (var _ = engine.lock().hold()) {
            if (engine.lock().closed()) {
                return;
            }
            long now = engine.clocks().now();
            long wake = NONE;
            for (ProviderLane lane : engine.lanes().all()) {
                for (ProviderLane.Call call = lane.next(now); call != null; call = lane.next(now)) {
                    start(new Attempt(engine, this, lane, call));
                }
                wake = Math.min(wake, lane.wakeAt(now));
            }
            setAlarm(wake, now);
        }
    }

    private void start(Attempt attempt) {
        fetching.execute(attempt);
        if (timer == null || attempt.isOver()) {
            return;
        }
        try {
            var _ = timer.schedule(attempt::giveUp, attempt.limit().toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException ignored) {
            // The resolver is closing; so is this attempt.
        }
    }

    private void setAlarm(long wake, long now) {
        boolean soonEnough = alarm != NONE && alarm - wake <= 0;
        if (timer == null || wake == NONE || soonEnough) {
            return;
        }
        alarm = wake;
        var _ = timer.schedule(() -> rang(wake), Math.max(0, wake - now), TimeUnit.NANOSECONDS);
    }

    private void rang(long wake) {
        try (var _ = engine.lock().hold()) {
            if (alarm != wake) {
                // An earlier alarm took its place and has set the one after it.
                return;
            }
            alarm = NONE;
        }
        pump();
    }

    /** Ends the alarm, and interrupts the calls that are under way. */
    void close() {
        if (timer != null) {
            timer.shutdownNow();
        }
        if (fetching instanceof ExecutorService service) {
            service.shutdownNow();
        }
    }
}
