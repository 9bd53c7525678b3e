package dev.secretproviders.audit;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Tells a thread to end without an interrupt, which would close the store's file while the thread uses it. Thread-safe.
 */
final class StopSignal {
    private final CountDownLatch given = new CountDownLatch(1);

    boolean isGiven() {
        return given.getCount() == 0;
    }

    /** Pauses, and returns whether the signal was given before the end of the pause. */
    boolean isGivenWithin(Duration pause) {
        try {
            return given.await(pause.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            return isGiven();
        }
    }

    /** Gives the signal, and waits for a short time until the thread ends. */
    void give(Thread thread, Duration moment) {
        given.countDown();
        try {
            thread.join(moment);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
