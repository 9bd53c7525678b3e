package dev.secretproviders.auth;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.reference.SecretReference;
import java.util.Arrays;

/**
 * Finds whose a presented key is, by whatever way it came, and marks the use. The one place that decides that.
 *
 * <p>Thread-safe, lock-free, from memory alone, and without garbage.
 */
final class KeyLookup {
    /** No header or query of a request that nginx lets in is longer; a longer one is nobody's key. */
    private static final int LONGEST_KEY = 64 * 1024;

    private static final int SCRATCH_BYTES = 1024;
    private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

    private final KeyDigester digester;
    private final Ticker ticker;

    /** What a thread needs to look at one key after another. */
    static final class Scratch {
        private final byte[] key = new byte[SCRATCH_BYTES];
        private final long[] digest = new long[KeyDigest.LONGS];

        /** Returns an array that a key of this length fits into, until the next call. */
        byte[] room(int length) {
            return length <= SCRATCH_BYTES ? key : new byte[length];
        }
    }

    /**
     * Creates it.
     *
     * @param ticker the clock by which resolved versions end
     */
    KeyLookup(KeyDigester digester, Ticker ticker) {
        this.digester = digester;
        this.ticker = ticker;
    }

    /** Returns the calling thread's. */
    static Scratch scratch() {
        return SCRATCH.get();
    }

    /** Returns whether a key can have this many bytes; one that cannot need not be looked up. */
    static boolean canBeKey(int length) {
        return length > 0 && length <= LONGEST_KEY;
    }

    /**
     * Finds whose a key is.
     *
     * @param key begins with the key; wiped on return
     * @param length of the key in bytes, which {@linkplain #canBeKey can be} one
     */
    Finding find(CredentialIndex index, byte[] key, int length, Scratch scratch) {
        try {
            // A reference is nobody's key, not even while it cannot be resolved.
            if (SecretReference.isReference(key, length)) {
                return Finding.Nobody.INVALID;
            }
            digester.digest(key, length, scratch.digest);
            return find(index, scratch.digest);
        } finally {
            Arrays.fill(key, 0, length, (byte) 0);
        }
    }

    private Finding find(CredentialIndex index, long[] digest) {
        // Before the key: once this is zero, every key that was resolved is found.
        boolean undecided = index.undecided() > 0;
        KeyClaim claim = index.find(digest);
        long now = ticker.read();
        if (claim == null || !claim.usableAt(now)) {
            // A version that just ended may not have left the index yet.
            boolean mayBeGood = undecided || (claim != null && !claim.previous());
            return mayBeGood ? Finding.Nobody.UNRESOLVED : Finding.Nobody.INVALID;
        }
        Identity identity = claim.identity();
        if (identity == null) {
            return Finding.Nobody.AMBIGUOUS;
        }
        if (claim.previous()) {
            identity.markPrevious(now);
        } else {
            identity.mark(now);
        }
        return claim;
    }
}
