package dev.secretproviders.resolve;

import dev.secretproviders.resolve.ProviderStatus.Breaker;
import dev.secretproviders.timing.Backoff;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Whether a provider is asked at all. A call that fails as a whole opens it: nothing is asked until a pause is over, which
 * doubles with each failure, or lasts as long as the manager asked for. Then it is half open: one question at a time goes out,
 * and the first answer closes it. Guarded by the resolver's lock.
 */
final class CircuitBreaker {
    /** Some proxies ask for a day. A manager that asks for more is probed after this time all the same. */
    static final Duration LONGEST_RETRY_AFTER = Duration.ofMinutes(5);

    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(250), Duration.ofSeconds(10));

    private int failures;
    private long pausedUntil;
    private boolean askedFor;

    Breaker state(long now) {
        if (!tripped()) {
            return Breaker.CLOSED;
        }
        return now - pausedUntil < 0 ? Breaker.OPEN : Breaker.HALF_OPEN;
    }

    /** Returns whether it is not closed, so that the next call, if any, is a probe. */
    boolean tripped() {
        return failures > 0;
    }

    /** Returns whether a call may begin while so many others are under way. */
    boolean allows(long now, int running) {
        return switch (state(now)) {
            case CLOSED -> true;
            case OPEN -> false;
            case HALF_OPEN -> running == 0;
        };
    }

    /** Returns when the next probe may go out; means something only while {@link #tripped}. */
    long pausedUntil() {
        return pausedUntil;
    }

    /**
     * A call failed as a whole. Calls that were under way together and fail together count as one failure, else one lost
     * connection would lead straight to the longest pause.
     *
     * @param retryAfter for how long the manager asked to be left alone, or null if it did not
     */
    void failed(long now, RandomGenerator random, @Nullable Duration retryAfter) {
        boolean together = state(now) == Breaker.OPEN;
        if (!together) {
            failures++;
            pausedUntil = now + BACKOFF.pause(failures, random);
            askedFor = false;
        }
        if (retryAfter != null && retryAfter.isPositive()) {
            long obeyed = retryAfter.compareTo(LONGEST_RETRY_AFTER) < 0
                    ? retryAfter.toNanos()
                    : LONGEST_RETRY_AFTER.toNanos();
            // Runners that were told the same do not come back at the same moment, nor early.
            long until = now + obeyed + BACKOFF.pause(1, random);
            if (until - pausedUntil > 0) {
                pausedUntil = until;
            }
            askedFor = true;
        }
    }

    /**
     * A call returned with answers. A pause that the manager asked for is kept even so: the call was under way before it asked.
     *
     * @return whether that closed it
     */
    boolean answered(long now) {
        if (!tripped() || (askedFor && state(now) == Breaker.OPEN)) {
            return false;
        }
        failures = 0;
        askedFor = false;
        return true;
    }
}
