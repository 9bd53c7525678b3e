package dev.secretproviders.resolve;

import dev.secretproviders.resolve.ProviderStatus.Breaker;
import dev.secretproviders.timing.Backoff;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a provider is called. A call that fails as a whole opens the breaker. No calls are made until a pause
 * is over, which doubles with each failure or lasts as long as the manager asked for. Then the breaker is half open: it
 * allows one call at a time, and the first answer closes it. Guarded by the resolver's lock.
 */
final class CircuitBreaker {
    /** Some proxies ask for a pause of a day. A longer pause than this is shortened to it. */
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

    /** Returns whether the breaker is open or half open, so that the next call is a probe. */
    boolean tripped() {
        return failures > 0;
    }

    /** Returns whether a call may begin while {@code running} others are under way. */
    boolean allows(long now, int running) {
        return switch (state(now)) {
            case CLOSED -> true;
            case OPEN -> false;
            case HALF_OPEN -> running == 0;
        };
    }

    /** Returns when the next probe may go out; valid only while {@link #tripped}. */
    long pausedUntil() {
        return pausedUntil;
    }

    /**
     * Records that a call failed as a whole. Concurrent calls that fail together count as one failure. Otherwise one
     * lost connection would lead to the longest pause at once.
     *
     * @param retryAfter the pause that the manager asked for, or null if it asked for none
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
            // Jitter, so that runners with the same pause do not all return at the same moment; never early.
            long until = now + obeyed + BACKOFF.pause(1, random);
            if (until - pausedUntil > 0) {
                pausedUntil = until;
            }
            askedFor = true;
        }
    }

    /**
     * Records that a call returned with answers. A pause that the manager asked for is kept, because the call began
     * before it.
     *
     * @return whether this closed the breaker
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
