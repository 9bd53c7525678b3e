package dev.secretproviders.timing;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Notes how long the log-ins took that one call of a secret manager waited for. It is created when the call begins. The caller of the provider runs the call
 * in {@link #noting}, and the provider calls {@link #begin} where it logs in. Without such a caller nothing is noted.
 *
 * <p>Thread-safe.
 */
public final class LogIns {
    private static final ScopedValue<LogIns> CURRENT = ScopedValue.newInstance();

    private final long began = System.nanoTime();
    private final Queue<LogIn> noted = new ConcurrentLinkedQueue<>();

    /**
     * One log-in.
     *
     * @param after how long after the beginning of the call it began
     * @param took how long it took
     */
    public record LogIn(Duration after, Duration took, boolean succeeded) {}

    /** Runs a call, and notes its log-ins here. */
    public void noting(Runnable call) {
        ScopedValue.where(CURRENT, this).run(call);
    }

    /** Returns the time since this was created. */
    public Duration age() {
        return Duration.ofNanos(System.nanoTime() - began);
    }

    /** Returns what was noted. */
    public List<LogIn> noted() {
        return List.copyOf(noted);
    }

    /** Begins a log-in of the call that this thread makes. The caller closes it when the log-in has ended. */
    public static Begun begin() {
        return new Begun();
    }

    /** A log-in that has begun. For one thread. */
    public static final class Begun implements AutoCloseable {
        private final long began = System.nanoTime();
        private boolean succeeded;

        private Begun() {}

        /** Notes that the manager accepted it. */
        public void succeed() {
            succeeded = true;
        }

        @Override
        public void close() {
            if (CURRENT.isBound()) {
                LogIns call = CURRENT.get();
                call.noted.add(new LogIn(
                        Duration.ofNanos(began - call.began), Duration.ofNanos(System.nanoTime() - began), succeeded));
            }
        }
    }
}
