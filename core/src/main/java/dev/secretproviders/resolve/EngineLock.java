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

    /** Gives the lock back. */
    interface Hold extends AutoCloseable {
        @Override
        void close();
    }

    /** Takes the lock until the result is closed. A thread may take it several times. */
    Hold hold() {
        lock.lock();
        return hold;
    }

    /**
     * Waits, under the lock, until something is done. It is looked at again after each {@link #signalProgress}.
     *
     * @return whether it is done; false if the time ran out or the resolver was closed before
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

    /** Lets those who wait look again. */
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

    /** Notes that the resolver was closed; nothing is waited for from now on. */
    void close() {
        try (var _ = hold()) {
            closed = true;
            progress.signalAll();
        }
    }
}
