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
 * @param secrets how many of its secrets are kept resolved
 */
public record ProviderStatus(
        State state,
        @Nullable Instant lastSuccess,
        @Nullable Instant lastFailure,
        ProviderException.@Nullable Kind failure,
        @Nullable String error,
        @Nullable Duration latency,
        int secrets) {

    /** Whether it answers. */
    public enum State {
        /** Nothing was asked of it yet. */
        IDLE,
        /** Its last answer was one. */
        UP,
        /** It cannot be asked; what is known of it is served from memory. */
        DOWN,
        /**
         * It answers, but does not take the provider's own credential, also after that was read anew; what is known of it is
         * served from memory.
         */
        UNAUTHENTICATED
    }
}
