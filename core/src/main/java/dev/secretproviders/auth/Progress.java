package dev.secretproviders.auth;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** Wakes those who wait for a condition, each time that something happened which may make it true. Thread-safe. */
final class Progress {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition happened = lock.newCondition();
    private long count;

    /** Something happened, and can be seen by every thread. */
    void happened() {
        lock.lock();
        try {
            count++;
            happened.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until a condition holds; it is looked at without a lock.
     *
     * @return whether it held before the time ran out
     */
    boolean await(BooleanSupplier condition, Duration patience) throws InterruptedException {
        long left = patience.toNanos();
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
