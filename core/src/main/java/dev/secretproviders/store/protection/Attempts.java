package dev.secretproviders.store.protection;

import dev.secretproviders.store.StoreException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/** Limits how often a write is retried while other runners write. */
final class Attempts {
    static final int MOST = 60;
    private static final long LONGEST_PAUSE_NANOS = 20_000_000;
    private static final long STEP_NANOS = 500_000;

    private Attempts() {}

    /** Waits for a moment, so that runners do not collide repeatedly. */
    static void pause(int attempt) {
        long longest = Math.min(LONGEST_PAUSE_NANOS, attempt * STEP_NANOS);
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(longest));
    }

    static StoreException tooMany() {
        return new StoreException("the store has too many writers at once; try again", null);
    }
}
