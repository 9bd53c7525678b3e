package dev.secretproviders.resolve;

import dev.secretproviders.spi.ProviderException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Health and statistics of one provider. Holds no secret.
 *
 * @param state whether it answers
 * @param lastSuccess when it last answered, or null if never
 * @param lastFailure when a call last failed, or null if never
 * @param failure the kind of that failure, or null
 * @param error the message of that failure, or null
 * @param latency how long its last answer took, or null
 * @param breaker whether it is called at all
 * @param paused how long calls are still paused; zero unless the breaker is open
 * @param budget its request budget and its use
 * @param secrets how many of its secrets are kept resolved
 */
public record ProviderStatus(
        State state,
        @Nullable Instant lastSuccess,
        @Nullable Instant lastFailure,
        ProviderException.@Nullable Kind failure,
        @Nullable String error,
        @Nullable Duration latency,
        Breaker breaker,
        Duration paused,
        Budget budget,
        int secrets) {

    /**
     * The request budget of a provider and its use.
     *
     * @param perMinute how many requests it may receive in any minute, or 0 for no limit
     * @param lastMinute how many requests it received in the last minute
     * @param total how many requests it received since its object last changed
     * @param effectiveTtl within which time its values are fetched again; longer than {@code cache.ttl} if the budget
     *     is too small for that
     * @param sufficient whether the values can be confirmed in time before {@code cache.stale_ttl}
     */
    public record Budget(int perMinute, long lastMinute, long total, Duration effectiveTtl, boolean sufficient) {}

    /** The circuit breaker of a provider: opened by a call that fails as a whole, closed by one that is answered. */
    public enum Breaker {
        /** Calls are made as usual. */
        CLOSED,
        /** No calls are made until the pause is over. */
        OPEN,
        /** The pause is over: one call at a time tests whether the provider answers. */
        HALF_OPEN
    }

    /** Whether the provider answers. */
    public enum State {
        /** No call was made yet. */
        IDLE,
        /** The last call was answered. */
        UP,
        /** The last call failed; known values are served from memory. */
        DOWN,
        /**
         * It answers, but rejects the provider's own credential, even after the credential was read again. Known values
         * are served from memory.
         */
        UNAUTHENTICATED
    }
}
