package dev.secretproviders.store.protection;

import dev.secretproviders.store.StoreException;
import dev.secretproviders.timing.LinearBackoff;
import java.time.Duration;

/** Limits how often a call is retried while other runners write. */
final class Attempts {
    static final int MOST = 60;
    private static final LinearBackoff BACKOFF = new LinearBackoff(Duration.ofNanos(500_000), Duration.ofMillis(20));

    private Attempts() {}

    /** Waits for a moment, so that runners do not collide repeatedly. */
    static void pause(int attempt) {
        BACKOFF.pause(attempt);
    }

    static StoreException tooMany() {
        return new StoreException("the store has too many writers at once; try again", null);
    }
}
