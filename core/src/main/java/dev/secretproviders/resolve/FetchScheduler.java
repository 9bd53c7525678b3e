package dev.secretproviders.resolve;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Starts each call of a provider when it is due, and abandons calls that hang. Thread-safe. */
final class FetchScheduler {
    private final Engine engine;
    private final Executor fetching;
    private final @Nullable ScheduledExecutorService timer;
    /** The time of the next alarm; guarded by the resolver's lock. */
    private long alarm = Lanes.NEVER;

    /**
     * Creates the scheduler; the first {@link #pump} starts it.
     *
     * @param fetching runs the calls of providers
     * @param timer wakes the scheduler when a call is due; without a timer, the caller must call {@link #pump}
     */
    FetchScheduler(Engine engine, Executor fetching, @Nullable ScheduledExecutorService timer) {
        this.engine = engine;
        this.fetching = fetching;
        this.timer = timer;
    }

    /** Starts the calls that may begin now, and sets the alarm for the next one. */
    void pump() {
        engine.usable().tidy();
        try (var _ = engine.lock().hold()) {
            if (engine.lock().closed()) {
                return;
            }
            Lanes lanes = engine.lanes();
            long now = engine.clocks().now();
            for (ProviderLane lane : lanes.due(now)) {
                for (ProviderLane.Call call = lane.next(now); call != null; call = lane.next(now)) {
                    start(new Attempt(engine, this, lane, call));
                }
                lanes.turn(lane, lane.wakeAt(now));
            }
            setAlarm(lanes.nextTurn(), now);
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
            // The resolver is closing, and so is this attempt.
        }
    }

    private void setAlarm(long wake, long now) {
        boolean soonEnough = alarm != Lanes.NEVER && alarm - wake <= 0;
        if (timer == null || wake == Lanes.NEVER || soonEnough) {
            return;
        }
        alarm = wake;
        var _ = timer.schedule(() -> onAlarm(wake), Math.max(0, wake - now), TimeUnit.NANOSECONDS);
    }

    private void onAlarm(long wake) {
        try (var _ = engine.lock().hold()) {
            if (alarm != wake) {
                // An earlier alarm replaced this one and has set the next.
                return;
            }
            alarm = Lanes.NEVER;
        }
        pump();
    }

    /** Cancels the alarm and interrupts the running calls. */
    void close() {
        if (timer != null) {
            timer.shutdownNow();
        }
        if (fetching instanceof ExecutorService service) {
            service.shutdownNow();
        }
    }
}
