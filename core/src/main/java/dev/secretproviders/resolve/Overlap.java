package dev.secretproviders.resolve;

import dev.secretproviders.provider.ProviderPolicy;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How long the previous version of a provider's secrets is accepted after a rotation ({@code rotation.overlap}). This
 * class decides everything that depends on it. Moments are the resolver's ticker, in nanoseconds.
 */
record Overlap(Duration length) {

    static Overlap of(ProviderPolicy policy) {
        return new Overlap(policy.overlap());
    }

    /**
     * Returns whether a previous version is accepted at all. Without an overlap it ends only with the index that was
     * built from it. If it ended at once, keys that are the same in both versions would be refused until the next index
     * is ready.
     */
    boolean exists() {
        return length.isPositive();
    }

    /** Sets the end of a version that was replaced now to the end of the overlap, unless it already ends earlier. */
    void end(HeldVersion replaced, long now) {
        replaced.endAt(now + Math.min(length.toNanos(), replaced.usableUntil() - now));
    }

    /**
     * Returns whether the overlap that began with a version's creation still runs, so that the version before it is
     * accepted.
     *
     * @param createdAt null if the manager does not say; the overlap then counts as over
     */
    boolean isOpen(@Nullable Instant createdAt, Instant clock) {
        return createdAt != null && createdAt.plus(length).isAfter(clock);
    }

    /**
     * Returns the end of a version that the manager replaced before this runner first fetched the secret. A manager
     * whose clock is ahead does not make the overlap longer.
     *
     * @param replacedAt null if the manager does not say; the overlap then begins now
     */
    long endOfEarlier(@Nullable Instant replacedAt, Instant clock, long now) {
        Duration left = replacedAt == null ? length : Duration.between(clock, replacedAt.plus(length));
        return now + Math.min(left.toNanos(), length.toNanos());
    }

    /** Returns the end of a version from an earlier process. The overlap may have been shortened since. */
    long endOfRestored(Duration rest, long now) {
        return now + Math.min(rest.toNanos(), length.toNanos());
    }
}
