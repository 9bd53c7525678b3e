package dev.secretproviders.auth.usage;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The latest uses of one credential, since the start of this runner.
 *
 * @param last when it was last used with any version, to the second; null if it was not
 * @param previous its uses with versions before the current one, or null for none
 */
public record LatestUses(@Nullable Instant last, @Nullable PreviousUses previous) {
    /** No use. */
    public static final LatestUses NONE = new LatestUses(null, null);
}
