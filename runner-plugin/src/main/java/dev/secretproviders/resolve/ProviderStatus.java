package dev.secretproviders.resolve;

import dev.secretproviders.provider.ProviderException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a provider does. Holds no secret.
 *
 * @param state whether it answers
 * @param lastSuccess when it last answered, or null if never
 * @param lastFailure when it last could not be asked, or null if never
 * @param failure what kind of failure that was, or null
 * @param error what it said then, or null
 * @param latency how long its last answer took, or null
 * @param breaker whether it is asked at all
 * @param fetchesPerMinute its budget of calls, or 0 if it has none
 * @param budgetUsed the part of the calls it may make at once that is spent, from 0 to 1
 * @param effectiveTtl within which time its values are asked for again; longer than {@code cache.ttl} where the budget is too
 *     small for it
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
        int fetchesPerMinute,
        double budgetUsed,
        Duration effectiveTtl,
        int secrets) {

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
        DOWN
    }
}
