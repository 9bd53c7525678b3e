package dev.secretproviders.transport.work;

import io.netty.channel.DefaultEventLoop;
import java.util.concurrent.atomic.AtomicInteger;

/** An event loop that counts how often others wake it, and may have no memory for it. */
final class CountingLoop extends DefaultEventLoop {
    private final AtomicInteger woken = new AtomicInteger();
    private final AtomicInteger failures = new AtomicInteger();

    @Override
    public void execute(Runnable task) {
        if (!inEventLoop()) {
            if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                throw new OutOfMemoryError("of the test");
            }
            woken.incrementAndGet();
        }
        super.execute(task);
    }

    /** Returns how often it was woken since the last call. */
    int woken() {
        return woken.getAndSet(0);
    }

    /** Makes the next wake-ups fail. */
    void failNext(int count) {
        failures.set(count);
    }
}
