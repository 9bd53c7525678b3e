package dev.secretproviders.resolve;

import dev.secretproviders.provider.ProviderPolicy;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * For how long the previous version of a provider's secrets is still accepted after a rotation ({@code rotation.overlap}). All
 * that follows from it is decided here. Moments are the resolver's ticker, in nanoseconds.
 */
record Overlap(Duration length) {

    static Overlap of(ProviderPolicy policy) {
        return new Overlap(policy.overlap());
    }

    /**
     * Returns whether a previous version is accepted at all. Without an overlap it ends with the index that was built from it:
     * ended at once, keys that are the same in both versions would be refused until the next index is there.
     */
    boolean exists() {
        return length.isPositive();
    }

    /** Lets a version that was replaced now end with the overlap, but never later than it would have ended by itself. */
    void end(HeldVersion replaced, long now) {
        replaced.endAt(now + Math.min(length.toNanos(), replaced.usableUntil() - now));
    }

    /**
     * Returns whether the overlap of a version that the manager made then is not over, so that the one before it counts.
     *
     * @param createdAt null if the manager does not say, which counts as over
     */
    boolean isOpen(@Nullable Instant createdAt, Instant clock) {
        return createdAt != null && createdAt.plus(length).isAfter(clock);
    }

    /**
     * Returns when a version ends that the manager replaced before this runner asked for it. A manager whose clock is ahead of
     * ours does not make the overlap longer.
     *
     * @param replacedAt null if the manager does not say: then the overlap begins now
     */
    long endOfEarlier(@Nullable Instant replacedAt, Instant clock, long now) {
        Duration left = replacedAt == null ? length : Duration.between(clock, replacedAt.plus(length));
        return now + Math.min(left.toNanos(), length.toNanos());
    }

    /** Returns when a version ends of which an earlier process knew this rest. The overlap may have been made shorter since. */
    long endOfRestored(Duration rest, long now) {
        return now + Math.min(rest.toNanos(), length.toNanos());
    }
}
