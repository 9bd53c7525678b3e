package dev.secretproviders.transport;

import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Limits the time that a frame which has begun may take to be complete. Used by the event loop of its connection only. */
final class FrameTimer {
    private @Nullable Future<?> running;

    /** Starts it, unless it runs. */
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
