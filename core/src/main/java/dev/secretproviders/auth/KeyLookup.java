package dev.secretproviders.auth;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.spi.SecretReference;

/**
 * Finds the owner of a presented key and marks the use. All kinds of requests use this class.
 *
 * <p>Thread-safe and lock-free; does no I/O and allocates nothing.
 */
final class KeyLookup {
    /** The longest key in bytes. nginx accepts no longer header or query, so a longer key cannot be valid. */
    static final int LONGEST_KEY = 64 * 1024;

    private final KeyDigester digester;
    private final Ticker ticker;
    private final WrongKeys wrongKeys;

    /**
     * Creates a look-up.
     *
     * @param ticker the clock by which resolved versions end
     * @param wrongKeys receives each key that matches no credential
     */
    KeyLookup(KeyDigester digester, Ticker ticker, WrongKeys wrongKeys) {
        this.digester = digester;
        this.ticker = ticker;
        this.wrongKeys = wrongKeys;
    }

    /** Returns whether a key can have this length; other keys need no look-up. */
    static boolean canBeKey(int length) {
        return length > 0 && length <= LONGEST_KEY;
    }

    /**
     * Finds the owner of a key.
     *
     * @param bytes holds the key; not changed
     * @param offset where the key begins
     * @param length the length of the key in bytes, which {@link #canBeKey} accepts
     * @param source the sender, as {@link WrongKeys} counts sources
     */
    LookupResult find(CredentialIndex index, byte[] bytes, int offset, int length, long source) {
        // A reference is never a valid key, not even while it cannot be resolved.
        return SecretReference.isReference(bytes, offset, length)
                ? LookupResult.NoMatch.INVALID
                : find(index, digester.digestOf(bytes, offset, length), source);
    }

    private LookupResult find(CredentialIndex index, long[] digest, long source) {
        // Read before the key: once this is zero, every resolved key is found.
        boolean undecided = index.undecided() > 0;
        KeyClaim claim = index.find(digest);
        long now = ticker.read();
        if (claim == null || !claim.usableAt(now)) {
            // A version that just ended may still be in the index.
            boolean mayBeGood = undecided || (claim != null && !claim.previous());
            if (mayBeGood) {
                return LookupResult.NoMatch.UNRESOLVED;
            }
            wrongKeys.note(source, digest[0]);
            return LookupResult.NoMatch.INVALID;
        }
        Identity identity = claim.identity();
        if (identity == null) {
            return LookupResult.NoMatch.AMBIGUOUS;
        }
        if (claim.previous()) {
            identity.markPrevious(now);
        } else {
            identity.mark(now);
        }
        return claim;
    }
}
