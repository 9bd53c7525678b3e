package dev.secretproviders.resolve;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts each call of a provider when it is due, and abandons calls that hang. Thread-safe. */
final class FetchScheduler {
    private static final Logger LOG = LoggerFactory.getLogger(FetchScheduler.class);
    private static final Duration AFTER_A_DEFECT = Duration.ofSeconds(1);

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
            lanes.due(now).forEach(lane -> lanes.turn(lane, startAll(lane, now)));
            setAlarm(lanes.nextTurn(), now);
        }
    }

    /** Starts the calls that a provider may begin now, and returns when it has another one. */
    private long startAll(ProviderLane lane, long now) {
        try {
            for (ProviderLane.Call call = lane.next(now); call != null; call = lane.next(now)) {
                start(new Attempt(engine, this, lane, call));
            }
            return lane.wakeAt(now);
        } catch (RuntimeException e) {
            // One provider that throws must not keep the others from being called.
            LOG.error(
                    "provider {}: its calls could not be started: {}; trying again",
                    lane.provider.id(),
                    e.getClass().getName());
            return now + AFTER_A_DEFECT.toNanos();
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
