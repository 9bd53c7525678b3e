package dev.secretproviders.timing;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Waits for an answer for a limited time, where a library has no time limit of its own or one that does not hold for the whole
 * answer.
 */
public final class Deadline {
    private Deadline() {}

    /**
     * Waits for the last byte of an answer. What did not end by then, or when this thread was interrupted, is cancelled: the
     * thread that works on it, if it is one, is interrupted.
     *
     * @throws TimeoutException if there is no answer within the limit
     * @throws ExecutionException if the question failed; the cause says how
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
