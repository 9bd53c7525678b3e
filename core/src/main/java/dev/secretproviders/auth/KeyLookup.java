package dev.secretproviders.auth;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.spi.SecretReference;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * Finds the owner of an API key and marks the use. All requests with API keys use this class.
 *
 * <p>Thread-safe and lock-free; does no I/O. Allocates nothing unless hashes of keys are stored.
 */
public final class KeyLookup {
    /** The longest key in bytes. nginx accepts no longer header or query, so a longer key cannot be valid. */
    public static final int LONGEST_KEY = 64 * 1024;

    private final KeyDigester digester;
    private final Ticker ticker;
    private final InstantSource clock;
    private final WrongKeys wrongKeys;

    /**
     * Creates a look-up.
     *
     * @param ticker the clock by which resolved versions end
     * @param clock the time of day, by which credentials begin and end
     * @param wrongKeys receives each key that matches no credential
     */
    public KeyLookup(KeyDigester digester, Ticker ticker, InstantSource clock, WrongKeys wrongKeys) {
        this.digester = digester;
        this.ticker = ticker;
        this.clock = clock;
        this.wrongKeys = wrongKeys;
    }

    /** Returns whether a key can have this length; other keys need no look-up. */
    public static boolean canBeKey(int length) {
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
    public LookupResult find(CredentialIndex index, byte[] bytes, int offset, int length, long source) {
        // A reference is never a valid key, not even while it cannot be resolved.
        return SecretReference.isReference(bytes, offset, length)
                ? LookupResult.NoMatch.INVALID
                : find(index, bytes, offset, length, source, digester.digestOf(bytes, offset, length));
    }

    private LookupResult find(CredentialIndex index, byte[] bytes, int offset, int length, long source, long[] digest) {
        // Read before the key: once this is zero, every resolved key is found.
        CredentialTable keys = index.keys();
        boolean undecided = keys.undecided() > 0;
        KeyClaim claim = keys.find(digest);
        long now = ticker.read();
        long shown = digest[0];
        // The hash of a key may be its current version, or that of another credential, which then shares the key.
        if (digester.hashes().areStored()) {
            claim = deciding(claim, hashed(keys, bytes, offset, length, now), now);
        }
        if (claim == null || !claim.usableAt(now)) {
            // A version that just ended may still be in the index.
            boolean mayBeGood = undecided || (claim != null && !claim.previous());
            if (mayBeGood) {
                return index.isKnown() ? LookupResult.NoMatch.UNRESOLVED : LookupResult.NoMatch.NOTHING_KNOWN;
            }
            wrongKeys.note(source, shown);
            return LookupResult.NoMatch.INVALID;
        }
        Identity identity = claim.identity();
        if (identity == null) {
            return LookupResult.NoMatch.AMBIGUOUS;
        }
        LookupResult.NoMatch outside = LookupResult.NoMatch.outside(claim.validity(), clock);
        if (outside != null) {
            return outside;
        }
        if (claim.previous()) {
            identity.markPrevious(now);
        } else {
            identity.mark(now);
        }
        return claim;
    }

    /** Returns the claim of a credential of which only a hash is stored. */
    private @Nullable KeyClaim hashed(CredentialTable keys, byte[] bytes, int offset, int length, long now) {
        KeyClaim found = null;
        for (KeyDigest digest : digester.hashes().ofPresented(bytes, offset, length)) {
            found = deciding(found, keys.get(digest), now);
        }
        return found;
    }

    /**
     * Returns which of two claims to one key decides, as {@link CredentialTable} does for claims with one digest: the
     * current one, or neither if they belong to different credentials.
     */
    private static @Nullable KeyClaim deciding(@Nullable KeyClaim one, @Nullable KeyClaim other, long now) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        if (one.usableAt(now) != other.usableAt(now)) {
            return one.usableAt(now) ? one : other;
        }
        if (one.previous() != other.previous()) {
            return one.previous() ? other : one;
        }
        return one.identity() == other.identity() ? one : KeyClaim.ambiguous(one);
    }
}
