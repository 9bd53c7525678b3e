package dev.secretproviders.store;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the integrity of a {@link VerifiedStore}.
 *
 * @param counter how many changes the manifest counts
 * @param verifiedAt when everything was last looked at, or null
 * @param damaged keys of what is refused, and why
 * @param problem what is wrong with the store as a whole, or null
 */
public record StoreIntegrity(
        long counter,
        @Nullable Instant verifiedAt,
        Map<String, String> damaged,
        @Nullable String problem) {
    public StoreIntegrity {
        damaged = Map.copyOf(damaged);
    }
}
