package dev.secretproviders.auth;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.spi.SecretReference;

/**
 * Finds whose a presented key is, by whatever way it came, and marks the use. The one place that decides that.
 *
 * <p>Thread-safe, lock-free, from memory alone, and without garbage.
 */
final class KeyLookup {
    /** No header or query of a request that nginx lets in is longer; a longer one is nobody's key. */
    static final int LONGEST_KEY = 64 * 1024;

    private final KeyDigester digester;
    private final Ticker ticker;
    private final WrongKeys wrongKeys;

    /**
     * Creates it.
     *
     * @param ticker the clock by which resolved versions end
     * @param wrongKeys is told of each key that is nobody's
     */
    KeyLookup(KeyDigester digester, Ticker ticker, WrongKeys wrongKeys) {
        this.digester = digester;
        this.ticker = ticker;
        this.wrongKeys = wrongKeys;
    }

    /** Returns whether a key can have this many bytes; one that cannot need not be looked up. */
    static boolean canBeKey(int length) {
        return length > 0 && length <= LONGEST_KEY;
    }

    /**
     * Finds whose a key is.
     *
     * @param bytes holds the key, and is only read
     * @param offset where the key begins
     * @param length of the key in bytes, which {@linkplain #canBeKey can be} one
     * @param source who sent it, as {@link WrongKeys} counts sources
     */
    Finding find(CredentialIndex index, byte[] bytes, int offset, int length, long source) {
        // A reference is nobody's key, not even while it cannot be resolved.
        return SecretReference.isReference(bytes, offset, length)
                ? Finding.Nobody.INVALID
                : find(index, digester.digestOf(bytes, offset, length), source);
    }

    private Finding find(CredentialIndex index, long[] digest, long source) {
        // Before the key: once this is zero, every key that was resolved is found.
        boolean undecided = index.undecided() > 0;
        KeyClaim claim = index.find(digest);
        long now = ticker.read();
        if (claim == null || !claim.usableAt(now)) {
            // A version that just ended may not have left the index yet.
            boolean mayBeGood = undecided || (claim != null && !claim.previous());
            if (mayBeGood) {
                return Finding.Nobody.UNRESOLVED;
            }
            wrongKeys.note(source, digest[0]);
            return Finding.Nobody.INVALID;
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
