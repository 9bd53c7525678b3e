package dev.secretproviders.auth;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.auth.LookupResult.NoMatch;
import dev.secretproviders.auth.proof.HeldProof;
import dev.secretproviders.auth.proof.Proof;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.crypto.KeyDigester;
import java.time.InstantSource;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds the credential that a request names, and proves it. For all kinds but API keys, which are their own proof.
 *
 * <p>Thread-safe and lock-free; does no I/O.
 */
public final class CredentialLookup {
    private final CredentialKind kind;
    private final KeyDigester digester;
    private final Ticker ticker;
    private final InstantSource clock;
    private final WrongKeys wrongKeys;

    /**
     * Creates a lookup.
     *
     * @param ticker the clock by which resolved versions end
     * @param clock the time of day, by which credentials begin and end
     * @param wrongKeys receives each request that proves no credential
     */
    public CredentialLookup(
            CredentialKind kind, KeyDigester digester, Ticker ticker, InstantSource clock, WrongKeys wrongKeys) {
        this.kind = kind;
        this.digester = digester;
        this.ticker = ticker;
        this.clock = clock;
        this.wrongKeys = wrongKeys;
    }

    /**
     * Finds the credential with this attribute. It is not proven yet. A claim that {@link #prove} takes, or the reason
     * why there is none; an unknown attribute is not counted as a wrong one.
     *
     * @param bytes holds the attribute in UTF-8; not changed
     */
    public LookupResult find(CredentialIndex index, byte[] bytes, int offset, int length) {
        CredentialTable table = index.table(kind);
        // Read before the attribute: once this is zero, every resolved attribute is found.
        boolean undecided = table.undecided() > 0;
        return usable(index, table.find(digester, bytes, offset, length), undecided);
    }

    /**
     * Finds what now has the attribute of a claim that was found before. It needs no digest, which a virtual thread would
     * have to set up for itself.
     */
    public LookupResult again(CredentialIndex index, KeyClaim before) {
        CredentialTable table = index.table(kind);
        boolean undecided = table.undecided() > 0;
        return usable(index, table.get(before.digest), undecided);
    }

    private LookupResult usable(CredentialIndex index, @Nullable KeyClaim claim, boolean undecided) {
        if (claim == null || !claim.usable(ticker)) {
            // A version that just ended may still be in the index.
            if (undecided || (claim != null && !claim.previous())) {
                return index.isKnown() ? NoMatch.UNRESOLVED : NoMatch.NOTHING_KNOWN;
            }
            return NoMatch.INVALID;
        }
        return claim.identity() == null ? NoMatch.AMBIGUOUS : claim;
    }

    /**
     * Proves a claim that {@link #find} returned, and marks the use. May run on any thread.
     *
     * @param test whether the request shows this proof; called for proofs of the kind only, that of the current version
     *     first
     * @param shown what the request shows, for the test
     */
    public <T> LookupResult prove(KeyClaim claim, BiPredicate<Proof, T> test, T shown) {
        if (!(claim instanceof ProvableClaim provable)) {
            return NoMatch.INVALID;
        }
        // Read once, as it costs more than the rest of this method.
        long now = ticker.read();
        boolean ended = false;
        for (HeldProof held : provable.proofs()) {
            if (!held.usableAt(now)) {
                // The current secret could not be confirmed for too long, so nothing is known to be wrong.
                ended |= !held.previous();
            } else if (!(held.proof() instanceof HeldProof.Unusable) && test.test(held.proof(), shown)) {
                // The newest version with this secret decides, even if an earlier one has other bounds.
                return counting(new LookupResult.Proven(claim, held), now);
            }
        }
        return ended || provable.undecided() ? NoMatch.UNRESOLVED : NoMatch.INVALID;
    }

    private LookupResult counting(LookupResult.Proven proven, long now) {
        NoMatch outside = NoMatch.outside(proven.claim().validity(), clock);
        if (outside == null) {
            outside = NoMatch.outside(proven.proof().validity(), clock);
        }
        if (outside != null) {
            return outside;
        }
        mark(proven, now);
        return proven;
    }

    private static void mark(LookupResult.Proven proven, long now) {
        if (proven.previous()) {
            proven.identity().markPrevious(now);
        } else {
            proven.identity().mark(now);
        }
    }

    /**
     * Counts a request that proved no credential.
     *
     * @param source the sender, as {@link WrongKeys#source} returns it
     * @param shown a number that differs for different wrong credentials, and tells nothing about them
     */
    public void noteWrong(long source, long shown) {
        wrongKeys.note(source, shown);
    }
}
