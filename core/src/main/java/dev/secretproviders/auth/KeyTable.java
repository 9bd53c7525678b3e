package dev.secretproviders.auth;

import dev.secretproviders.crypto.KeyDigest;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A hash table from digests to claims. Open addressing with linear probing costs about nine bytes per entry in addition
 * to the entry itself. A change takes constant time, and readers never wait, because each slot is written atomically.
 *
 * <p>One thread writes, any number of threads read.
 */
final class KeyTable {
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(KeyClaim[].class);
    /** The mark of a removed entry, which keeps the probing sequence to later entries intact. */
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

    /** Returns a power of two, of which the keys take at most two thirds. */
    private static int capacity(int keys) {
        long wanted = Math.max(LEAST, keys + keys / 2L + 1);
        return Integer.highestOneBit((int) Math.min(wanted - 1, 1 << 29)) << 1;
    }

    /** Returns the claim for a digest, or null. */
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

    /** Returns the claim for a digest, or null. */
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

    /** Puts a claim, and replaces one with the same digest. */
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

    /** Adds a claim. Returns whether it took an empty slot rather than a removed one. */
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

    /** Copies all entries into new slots, which readers see once they are complete. */
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

    /** Removes the claim for a digest, if there is one. */
    void remove(KeyDigest digest) {
        int slot = slot(digest);
        if (slot >= 0) {
            SLOT.setRelease(slots, slot, REMOVED);
            size--;
        }
    }

    /** Returns the number of keys. */
    int size() {
        return size;
    }
}
