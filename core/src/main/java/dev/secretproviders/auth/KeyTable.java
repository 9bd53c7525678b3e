package dev.secretproviders.auth;

import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.crypto.NameDigest;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A hash table from digests to claims, or from prints of names to claims. Open addressing with linear probing costs about
 * nine bytes per entry in addition to the entry itself. A change takes constant time, and readers never wait, because each
 * slot is written atomically.
 *
 * <p>One thread writes, any number of threads read.
 */
final class KeyTable {
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(KeyClaim[].class);
    /** The mark of a removed entry, which keeps the probing sequence to later entries intact. */
    private static final KeyClaim REMOVED = KeyClaim.ambiguous(KeyClaim.UNDECIDED);

    private static final int LEAST = 16;

    private final Place place;
    private volatile @Nullable KeyClaim[] slots;
    private int size;
    /** Slots that are not empty, removed ones included. */
    private int taken;

    /** What decides where a claim is. */
    private enum Place {
        /** The digest of a key. */
        KEY,
        /** The print of a name. Each claim then has a {@link NameDigest}. */
        PRINT,
        /** The digest of a name, which may have a print or not. */
        NAME
    }

    /** Creates a table with room for {@code expected} keys, which are found by their digests. */
    KeyTable(int expected) {
        this(Place.KEY, expected);
    }

    private KeyTable(Place place, int expected) {
        this.place = place;
        slots = new @Nullable KeyClaim[capacity(expected)];
    }

    /** Creates a table with room for {@code expected} names, which are found by their prints. */
    static KeyTable ofNames(int expected) {
        return new KeyTable(Place.PRINT, expected);
    }

    /** Returns whether names are found by their prints, with {@link #findName}, and not by their digests. */
    boolean byPrint() {
        return place == Place.PRINT;
    }

    /** Returns a table of the same names, which are found by their digests. */
    KeyTable byDigest() {
        KeyTable other = new KeyTable(Place.NAME, size);
        for (KeyClaim claim : slots) {
            if (claim != null && claim != REMOVED) {
                other.put(claim);
            }
        }
        return other;
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
            if ((claim.hash == hash || place == Place.NAME) && claim != REMOVED && claim.digest.is(digest)) {
                return claim;
            }
        }
    }

    /** Returns the claim for the print of a name, or null. */
    @Nullable
    KeyClaim findName(long[] print) {
        @Nullable KeyClaim[] now = slots;
        int mask = now.length - 1;
        int hash = NameDigest.printHash(print);
        for (int i = hash & mask; ; i = i + 1 & mask) {
            KeyClaim claim = (KeyClaim) SLOT.getAcquire(now, i);
            if (claim == null) {
                return null;
            }
            // What marks a removed entry has no print.
            if (claim.hash == hash && claim.digest instanceof NameDigest name && name.isPrint(print)) {
                return claim;
            }
        }
    }

    /** Returns the claim for a digest, or null. Takes long for a digest without a print among prints. */
    @Nullable
    KeyClaim get(KeyDigest digest) {
        @Nullable KeyClaim[] now = slots;
        int slot = slot(now, digest);
        KeyClaim claim = slot < 0 ? null : (KeyClaim) SLOT.getAcquire(now, slot);
        // The slot may have been given to another one meanwhile.
        return claim == null || !isOf(claim, digest) ? null : claim;
    }

    private static boolean isOf(KeyClaim claim, KeyDigest digest) {
        return claim != REMOVED && claim.digest.equals(digest);
    }

    private int hash(KeyDigest digest) {
        return byPrint() && digest instanceof NameDigest name ? name.printHash() : digest.hashCode();
    }

    /** Returns where the claim for a digest is, or -1. */
    private int slot(@Nullable KeyClaim[] now, KeyDigest digest) {
        boolean anywhere = byPrint() && !(digest instanceof NameDigest);
        int mask = now.length - 1;
        int hash = hash(digest);
        for (int n = 0; n <= mask; n++) {
            int i = hash + n & mask;
            KeyClaim claim = (KeyClaim) SLOT.getAcquire(now, i);
            if (claim == null && !anywhere) {
                return -1;
            }
            if (claim != null && isOf(claim, digest)) {
                return i;
            }
        }
        return -1;
    }

    /** Puts a claim, and replaces one with the same digest. */
    void put(KeyClaim claim) {
        if (byPrint() && !(claim.digest instanceof NameDigest)) {
            throw new IllegalArgumentException("a name without a print cannot be among prints");
        }
        int slot = slot(slots, claim.digest);
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
    private boolean add(@Nullable KeyClaim[] into, KeyClaim claim) {
        int mask = into.length - 1;
        int i = hash(claim.digest) & mask;
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
        int slot = slot(slots, digest);
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
