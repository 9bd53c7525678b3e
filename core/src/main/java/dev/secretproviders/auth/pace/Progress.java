package dev.secretproviders.auth.pace;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** Wakes threads that wait for a condition, each time that an event may have made it true. Thread-safe. */
public final class Progress {
    /**
     * Thousands of secrets are reported one by one. To check the condition after each would cost more than fetching
     * them.
     */
    private static final long TOGETHER_MILLIS = 5;

    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicBoolean due = new AtomicBoolean();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition happened = lock.newCondition();
    private long count;

    /** Creates a progress on which no thread waits. */
    public Progress() {}

    /** Something happened, and can be seen by every thread. */
    public void happened() {
        lock.lock();
        try {
            count++;
            happened.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Reports an event like {@link #happened}, but combines it with those of the next moment. Does nothing without a
     * waiter.
     */
    public void happenedBatched() {
        if (waiting.get() > 0 && due.compareAndSet(false, true)) {
            CompletableFuture.delayedExecutor(TOGETHER_MILLIS, TimeUnit.MILLISECONDS)
                    .execute(() -> {
                        due.set(false);
                        happened();
                    });
        }
    }

    /**
     * Waits until a condition holds; it is evaluated without a lock.
     *
     * @return whether it held before the time ran out
     */
    public boolean await(BooleanSupplier condition, Duration patience) throws InterruptedException {
        // Before the condition is looked at: what happens from now on is told.
        waiting.incrementAndGet();
        try {
            return awaitWhileCounted(condition, patience.toNanos());
        } finally {
            waiting.decrementAndGet();
        }
    }

    private boolean awaitWhileCounted(BooleanSupplier condition, long patience) throws InterruptedException {
        long left = patience;
        while (true) {
            long seen = count();
            if (condition.getAsBoolean()) {
                return true;
            }
            lock.lock();
            try {
                while (count == seen) {
                    if (left <= 0) {
                        return false;
                    }
                    left = happened.awaitNanos(left);
                }
            } finally {
                lock.unlock();
            }
        }
    }

    private long count() {
        lock.lock();
        try {
            return count;
        } finally {
            lock.unlock();
        }
    }
}
