package dev.secretproviders.transport;

import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Limits the time within which a frame that has begun must be complete. Used only by its connection's event loop. */
final class FrameTimer {
    private @Nullable Future<?> running;

    /** Starts the timer, unless it runs already. */
    void start(EventExecutor loop, Duration timeout, Runnable stalled) {
        if (running == null) {
            running = loop.schedule(stalled, timeout.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    void stop() {
        if (running != null) {
            running.cancel(false);
            running = null;
        }
    }
}
