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
 * @param lastFailure when it last could not be asked, or null if never
 * @param failure what kind of failure that was, or null
 * @param error what it said then, or null
 * @param latency how long its last answer took, or null
 * @param breaker whether it is asked at all
 * @param paused for how long it is still not asked; zero unless the breaker is open
 * @param budget how much it may be asked, and is
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
     * How much a provider may be asked, and is.
     *
     * @param perMinute how many requests it may be sent in any minute, or 0 for no limit
     * @param lastMinute how many it was sent in the last minute
     * @param total how many it was sent in all, as long as its object is as it is
     * @param effectiveTtl within which time its values are asked for again; longer than {@code cache.ttl} where the budget is
     *     too small for that
     * @param sufficient whether the values can be confirmed in time before {@code cache.stale_ttl}
     */
    public record Budget(int perMinute, long lastMinute, long total, Duration effectiveTtl, boolean sufficient) {}

    /** The circuit breaker of a provider: opened by a call that fails as a whole, closed by one that is answered. */
    public enum Breaker {
        /** Asked as usual. */
        CLOSED,
        /** Not asked until the pause is over. */
        OPEN,
        /** The pause is over: one question at a time finds out whether it answers. */
        HALF_OPEN
    }

    /** Whether it answers. */
    public enum State {
        /** Nothing was asked of it yet. */
        IDLE,
        /** Its last answer was one. */
        UP,
        /** It cannot be asked; what is known of it is served from memory. */
        DOWN,
        /**
         * It answers, but does not take the provider's own credential, also after that was read again; what is known of it is
         * served from memory.
         */
        UNAUTHENTICATED
    }
}
