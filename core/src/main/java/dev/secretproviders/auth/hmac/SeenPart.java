package dev.secretproviders.auth.hmac;

import dev.secretproviders.auth.hmac.SeenSignatures.Result;

/**
 * A part of {@link SeenSignatures}: a hash table with open addressing. Grows and shrinks with the signatures whose window
 * is not over. Thread-safe.
 */
final class SeenPart {
    private static final int FEWEST_SLOTS = 16;

    private final int mostSlots;
    private long[] high = new long[FEWEST_SLOTS];
    private long[] low = new long[FEWEST_SLOTS];
    /** The second at which the window is over; 0 marks an empty slot. */
    private int[] ends = new int[FEWEST_SLOTS];

    private int used;
    /** No entry is over before this second, so that a full table is not searched for each request. */
    private int firstEnd = Integer.MAX_VALUE;

    /**
     * Creates an empty part.
     *
     * @param mostSlots a power of two
     */
    SeenPart(int mostSlots) {
        this.mostSlots = Math.max(FEWEST_SLOTS, mostSlots);
    }

    synchronized int size() {
        return used;
    }

    synchronized Result add(long first, long second, long now, long end) {
        int slot = find(first, second);
        if (ends[slot] != 0) {
            if (ends[slot] > now) {
                return Result.SEEN;
            }
            ends[slot] = clamp(end);
            return Result.FIRST;
        }
        if (isFull(used + 1, ends.length)) {
            if (ends.length == mostSlots && now < firstEnd) {
                return Result.FULL;
            }
            rebuild(now);
            if (isFull(used + 1, ends.length)) {
                return Result.FULL;
            }
            slot = find(first, second);
        }
        put(slot, first, second, clamp(end));
        return Result.FIRST;
    }

    private static int clamp(long end) {
        return (int) Math.min(end, Integer.MAX_VALUE);
    }

    private static boolean isFull(int entries, int slots) {
        return entries > slots - slots / 4;
    }

    /** Returns the slot of an entry, or the empty one where it belongs. */
    private int find(long first, long second) {
        int mask = ends.length - 1;
        int slot = (int) second & mask;
        while (ends[slot] != 0 && (high[slot] != first || low[slot] != second)) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private void put(int slot, long first, long second, int end) {
        high[slot] = first;
        low[slot] = second;
        ends[slot] = end;
        firstEnd = Math.min(firstEnd, end);
        used++;
    }

    /** Drops the entries whose window is over. Leaves room for as many again, within the limit. */
    private void rebuild(long now) {
        long[] oldHigh = high;
        long[] oldLow = low;
        int[] oldEnds = ends;
        int alive = 0;
        for (int end : oldEnds) {
            alive += end > now ? 1 : 0;
        }
        int slots = FEWEST_SLOTS;
        while (slots < mostSlots && isFull(2 * (alive + 1), slots)) {
            slots *= 2;
        }
        high = new long[slots];
        low = new long[slots];
        ends = new int[slots];
        used = 0;
        firstEnd = Integer.MAX_VALUE;
        for (int i = 0; i < oldEnds.length; i++) {
            if (oldEnds[i] > now) {
                put(find(oldHigh[i], oldLow[i]), oldHigh[i], oldLow[i], oldEnds[i]);
            }
        }
    }
}
