package dev.secretproviders.resolve;

import java.time.Duration;

/**
 * A token bucket over the calls of one provider. A fifth of the budget may be spent at once and the rest flows in evenly, so
 * that no window of one minute, wherever it begins, holds more calls than the budget. Guarded by the resolver's lock.
 */
final class FetchBudget {
    private static final double MINUTE = Duration.ofMinutes(1).toNanos();
    private static final int BURST_PART = 5;
    /** Refreshes are asked for in the second half of the ttl, so on average after this part of it. */
    private static final double MEAN_PAUSE = 0.75;
    /** What routine refreshes plan to use; the rest is for first fetches, explicit refreshes and retries. */
    private static final double PLANNED_USE = 0.9;

    private final int perMinute;
    private final int burst;
    private final double perNano;
    private double tokens;
    private long countedAt;
    private boolean begun;

    /** Creates a full bucket; {@code perMinute} is at least 2, or 0 for no limit. */
    FetchBudget(int perMinute) {
        this.perMinute = perMinute;
        this.burst = Math.max(1, perMinute / BURST_PART);
        this.perNano = (perMinute - burst) / MINUTE;
        this.tokens = burst;
    }

    int perMinute() {
        return perMinute;
    }

    /** Returns whether a call may be made now. */
    boolean allows(long now) {
        return perMinute == 0 || available(now) >= 1;
    }

    /** Counts a call that {@link #allows} let through. */
    void spend(long now) {
        if (perMinute != 0) {
            tokens = available(now) - 1;
        }
    }

    /** Returns when a call may be made, which is {@code now} if it may be now. */
    long nextAt(long now) {
        if (allows(now)) {
            return now;
        }
        return now + (long) Math.ceil((1 - tokens) / perNano);
    }

    /** Returns the part of the burst that is spent, from 0 to 1; 0 without a limit. */
    double used(long now) {
        return perMinute == 0 ? 0 : 1 - Math.max(0, available(now)) / burst;
    }

    /** Returns {@code ttl}, or the shortest one at which so many secrets can be refreshed within the budget. */
    Duration stretch(Duration ttl, int secrets, int batchSize, Duration longest) {
        if (perMinute == 0) {
            return ttl;
        }
        double calls = Math.ceil((double) secrets / batchSize);
        double needed = calls / (perNano * MEAN_PAUSE * PLANNED_USE);
        Duration stretched = Duration.ofNanos((long) Math.min(needed, (double) longest.toNanos()));
        return stretched.compareTo(ttl) > 0 ? stretched : ttl;
    }

    private double available(long now) {
        if (!begun) {
            begun = true;
            countedAt = now;
        }
        tokens = Math.min(burst, tokens + (now - countedAt) * perNano);
        countedAt = now;
        return tokens;
    }
}
