package dev.secretproviders.auth;

import dev.secretproviders.crypto.KeyDigest;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Keys by their digest: open addressing with linear probing, so that an entry costs some nine bytes beside itself. A change costs
 * time for one entry, however many there are, and readers are never kept waiting: each slot is written as a whole.
 *
 * <p>One thread writes, any number read.
 */
final class KeyTable {
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(KeyClaim[].class);
    /** What was removed still leads to what was put behind it. */
    private static final KeyClaim REMOVED = KeyClaim.ambiguous(KeyClaim.UNDECIDED.digest);

    private static final int LEAST = 16;

    private volatile @Nullable KeyClaim[] slots;
    private int size;
    /** Slots that are not empty, removed ones included. */
    private int taken;

    /** Creates a table with room for {@code expected} keys. */
    KeyTable(int expected) {
        slots = new @Nullable KeyClaim[capacity(expected)];
    }

    /** A power of two, so that at most two thirds are taken. */
    private static int capacity(int keys) {
        long wanted = Math.max(LEAST, keys + keys / 2L + 1);
        return Integer.highestOneBit((int) Math.min(wanted - 1, 1 << 29)) << 1;
    }

    /** Returns what stands for a digest, or null. */
    @Nullable
    KeyClaim find(long[] digest) {
        @Nullable KeyClaim[] now = slots;
        int mask = now.length - 1;
        int hash = KeyDigest.hash(digest);
        for (int i = hash & mask; ; i = i + 1 & mask) {
            KeyClaim claim = (KeyClaim) SLOT.getAcquire(now, i);
            if (claim == null) {
                return null;
            }
            if (claim.hash == hash && claim != REMOVED && claim.digest.is(digest)) {
                return claim;
            }
        }
    }

    /** Returns what stands for a digest, or null. */
    @Nullable
    KeyClaim get(KeyDigest digest) {
        int slot = slot(digest);
        return slot < 0 ? null : slots[slot];
    }

    private int slot(KeyDigest digest) {
        @Nullable KeyClaim[] now = slots;
        int mask = now.length - 1;
        for (int i = digest.hashCode() & mask; ; i = i + 1 & mask) {
            KeyClaim claim = now[i];
            if (claim == null) {
                return -1;
            }
            if (claim != REMOVED && claim.digest.equals(digest)) {
                return i;
            }
        }
    }

    /** Puts a claim in the place of what stands for its digest. */
    void put(KeyClaim claim) {
        int slot = slot(claim.digest);
        if (slot >= 0) {
            SLOT.setRelease(slots, slot, claim);
            return;
        }
        if (3L * (taken + 1) > 2L * slots.length) {
            rehash();
        }
        if (add(slots, claim)) {
            taken++;
        }
        size++;
    }

    /** Returns whether an empty slot was taken, and not a removed one. */
    private static boolean add(@Nullable KeyClaim[] into, KeyClaim claim) {
        int mask = into.length - 1;
        int i = claim.digest.hashCode() & mask;
        while (into[i] != null && into[i] != REMOVED) {
            i = i + 1 & mask;
        }
        boolean empty = into[i] == null;
        SLOT.setRelease(into, i, claim);
        return empty;
    }

    /** Into slots of their own, which readers see once they are complete. */
    private void rehash() {
        @Nullable KeyClaim[] next = new @Nullable KeyClaim[capacity(size + 1)];
        for (KeyClaim claim : slots) {
            if (claim != null && claim != REMOVED) {
                add(next, claim);
            }
        }
        taken = size;
        slots = next;
    }

    /** Takes out what stands for a digest, if anything does. */
    void remove(KeyDigest digest) {
        int slot = slot(digest);
        if (slot >= 0) {
            SLOT.setRelease(slots, slot, REMOVED);
            size--;
        }
    }

    /** Returns how many keys are in it. */
    int size() {
        return size;
    }
}
