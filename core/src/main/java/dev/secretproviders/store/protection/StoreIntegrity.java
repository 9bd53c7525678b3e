package dev.secretproviders.store.protection;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The known integrity of a {@link VerifiedStore}.
 *
 * @param counter the manifest's count of changes
 * @param verifiedAt the time of the last full verification, or null
 * @param damaged the refused keys, with the reasons
 * @param problem the problem of the store as a whole, or null
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
