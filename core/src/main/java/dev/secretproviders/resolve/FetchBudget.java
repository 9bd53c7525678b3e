package dev.secretproviders.resolve;

import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How many requests one provider may be sent: a token bucket that never lets more through in any minute, wherever it begins,
 * than the budget. Before a call, what it may need is reserved; afterwards what it did need is taken from the bucket and the
 * rest given back, so that it does not matter when within the call its requests went out. Requests that could not be foreseen
 * (logins, renewals) are taken from a part that is kept free for them, and delay later calls where it is not enough. Guarded by
 * the resolver's lock.
 */
final class FetchBudget {
    private static final double MINUTE = Duration.ofMinutes(1).toNanos();
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final int WINDOW = 60;
    /** For logins and renewals: one part of so many, and at least two requests. */
    private static final int FREE_PART = 20;
    /** What may be spent at once; the rest flows in evenly. A first fetch may need two: for the version before it, too. */
    private static final int BURST_PART = 5;

    private static final int LEAST_BURST = 2;
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

    /** Returns how many requests a call may be planned to send now; none if below 1. */
    long room(long now) {
        return perMinute == 0 ? Long.MAX_VALUE : (long) Math.floor(available(now)) - reserved;
    }

    /** Sets aside what a call may need. */
    void reserve(int requests) {
        reserved += requests;
    }

    /**
     * Ends a reservation.
     *
     * @param requests what was set aside
     */
    void release(int requests) {
        reserved -= requests;
    }

    /** Takes requests that were sent, be they reserved or not. */
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

    /** Returns when so many requests may be planned, as far as time alone decides it; {@code now} if they may be now. */
    long nextAt(long now, int requests) {
        if (perMinute == 0) {
            return now;
        }
        double missing = requests + reserved - available(now);
        return missing <= 0 ? now : now + (long) Math.ceil(missing / perNano) + 1;
    }

    /** Returns how many requests were sent in the last minute, to a second. */
    long lastMinute(long now) {
        turnTo(now);
        long sum = 0;
        for (long spent : spentInSecond) {
            sum += spent;
        }
        return sum;
    }

    /** Returns how many requests were sent in all. */
    long total() {
        return spentTotal;
    }

    /** Returns the shortest ttl at which so many calls can be repeated without end within the budget; null without a limit. */
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
