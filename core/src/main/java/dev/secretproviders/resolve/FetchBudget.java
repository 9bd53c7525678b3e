package dev.secretproviders.resolve;

import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Limits the requests to one provider. It is a token bucket that never lets more requests through in any minute than
 * the budget. A call reserves the requests that it may need. Afterwards its actual requests are taken from the bucket
 * and the rest is returned, so it does not matter when they were sent. Requests that could not be foreseen, such as
 * logins and renewals, use a part that is kept free for them. Where that part is too small, they delay later calls.
 * Guarded by the resolver's lock.
 */
final class FetchBudget {
    private static final double MINUTE = Duration.ofMinutes(1).toNanos();
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final int WINDOW = 60;
    /** Share kept free for logins and renewals: one part in this many, and at least two requests. */
    private static final int FREE_PART = 20;
    /**
     * Share that may be spent at once; the rest is available evenly over the minute. A first fetch may need two
     * requests, because it also reads the previous version.
     */
    private static final int BURST_PART = 5;

    private static final int LEAST_BURST = 2;
    /** Refreshes happen in the second half of the ttl, so on average after this part of it. */
    private static final double MEAN_PAUSE = 0.75;
    /**
     * Part of the budget that routine refreshes may use; the rest is for first fetches, explicit refreshes and retries.
     */
    private static final double PLANNED_USE = 0.9;

    private final int perMinute;
    private final int burst;
    private final double perNano;
    private double tokens;
    private long countedAt;
    private boolean begun;
    private long reserved;

    private final long[] spentInSecond = new long[WINDOW];
    private long second;
    private boolean counting;
    private long spentTotal;

    /** Creates a full bucket; {@code perMinute} is at least 10, or 0 for no limit. */
    FetchBudget(int perMinute) {
        this.perMinute = perMinute;
        int planned = perMinute - Math.max(2, perMinute / FREE_PART);
        this.burst = Math.max(LEAST_BURST, planned / BURST_PART);
        this.perNano = (planned - burst) / MINUTE;
        this.tokens = burst;
    }

    int perMinute() {
        return perMinute;
    }

    /** Returns how many requests a call may plan now; none if below 1. */
    long room(long now) {
        return perMinute == 0 ? Long.MAX_VALUE : (long) Math.floor(available(now)) - reserved;
    }

    /** Reserves the requests that a call may need. */
    void reserve(int requests) {
        reserved += requests;
    }

    /**
     * Ends a reservation.
     *
     * @param requests the number of reserved requests
     */
    void release(int requests) {
        reserved -= requests;
    }

    /** Counts requests that were sent, whether reserved or not. */
    void spend(long now, long requests) {
        if (requests <= 0) {
            return;
        }
        if (perMinute != 0) {
            tokens = available(now) - requests;
        }
        turnTo(now);
        spentInSecond[slot()] += requests;
        spentTotal += requests;
    }

    /** Returns when this many requests may be planned, if only time passes; {@code now} if they may be planned now. */
    long nextAt(long now, int requests) {
        if (perMinute == 0) {
            return now;
        }
        double missing = requests + reserved - available(now);
        return missing <= 0 ? now : now + (long) Math.ceil(missing / perNano) + 1;
    }

    /** Returns how many requests were sent in the last minute, with a resolution of a second. */
    long lastMinute(long now) {
        turnTo(now);
        long sum = 0;
        for (long spent : spentInSecond) {
            sum += spent;
        }
        return sum;
    }

    /** Returns the total number of requests sent. */
    long total() {
        return spentTotal;
    }

    /** Returns the shortest ttl at which this many calls can repeat within the budget; null without a limit. */
    @Nullable
    Duration shortestTtl(int calls) {
        return perMinute == 0 ? null : Duration.ofNanos((long) (calls / (perNano * MEAN_PAUSE * PLANNED_USE)));
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

    private void turnTo(long now) {
        long current = Math.floorDiv(now, SECOND);
        if (!counting || current - second >= WINDOW) {
            Arrays.fill(spentInSecond, 0);
            counting = true;
            second = current;
        } else {
            for (long next = second + 1; next <= current; next++) {
                spentInSecond[(int) Math.floorMod(next, (long) WINDOW)] = 0;
            }
        }
        second = Math.max(second, current);
    }

    private int slot() {
        return (int) Math.floorMod(second, (long) WINDOW);
    }
}
