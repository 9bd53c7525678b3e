package dev.secretproviders.resolve;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * The one lock of a resolver. It is never held during I/O or while a listener is called.
 *
 * <p>It guards {@link Lanes} with each {@link ProviderLane} and its {@link DueQueue}, {@link FetchBudget} and {@link
 * CircuitBreaker}; {@link References} with each {@link TrackedReference}, {@link SecretEntry} and {@link VersionHistory}; the
 * references of a {@link Trial}; the alarm of {@link FetchScheduler}; and whether the resolver is closed. Methods of these
 * classes expect that the caller holds it.
 *
 * <p>Three things need no lock: {@link Listeners} and the cache of {@link UsableVersions} are thread-safe, and the times of a
 * {@link HeldVersion} are volatile, since the request path reads them.
 */
final class EngineLock {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition progress = lock.newCondition();
    private final Hold hold = lock::unlock;
    private boolean closed;

    /** Releases the lock when closed. */
    interface Hold extends AutoCloseable {
        @Override
        void close();
    }

    /** Takes the lock until the result is closed. The lock is reentrant. */
    Hold hold() {
        lock.lock();
        return hold;
    }

    /**
     * Waits, under the lock, until a condition holds. The condition is checked after each {@link #signalProgress}.
     *
     * @return true if the condition holds; false if the time ran out or the resolver was closed
     */
    boolean await(BooleanSupplier done, Duration limit) throws InterruptedException {
        long left = limit.toNanos();
        try (var _ = hold()) {
            while (!done.getAsBoolean()) {
                if (left <= 0 || closed) {
                    return false;
                }
                left = progress.awaitNanos(left);
            }
            return true;
        }
    }

    /** Wakes the waiting threads, which check their conditions. */
    void signalProgress() {
        try (var _ = hold()) {
            progress.signalAll();
        }
    }

    /** Returns whether the resolver was closed. */
    boolean closed() {
        try (var _ = hold()) {
            return closed;
        }
    }

    /** Marks the resolver as closed and ends all waiting. */
    void close() {
        try (var _ = hold()) {
            closed = true;
            progress.signalAll();
        }
    }
}
