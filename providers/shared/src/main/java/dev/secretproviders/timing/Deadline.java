package dev.secretproviders.timing;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Waits for an answer for a limited time, for libraries whose own time limit is missing or does not cover the whole
 * answer.
 */
public final class Deadline {
    private Deadline() {}

    /**
     * Waits for the complete answer. If it is late or this thread is interrupted, the work is cancelled and its thread
     * interrupted.
     *
     * @throws TimeoutException if there is no answer within the limit
     * @throws ExecutionException if the call failed; see its cause
     */
    public static <T extends @Nullable Object> T await(Future<T> answer, Duration limit)
            throws InterruptedException, ExecutionException, TimeoutException {
        try {
            return answer.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } finally {
            answer.cancel(true);
        }
    }
}
