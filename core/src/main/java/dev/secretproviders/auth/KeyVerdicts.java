package dev.secretproviders.auth;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.auth.KeyAuthenticator.UnresolvedAnswer;
import dev.secretproviders.crypto.KeyDigester;
import java.util.Arrays;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * Gives verdicts on keys to callers that remember them and receive each {@linkplain IndexChange change}. A key is
 * judged as by {@link KeyAuthenticator}.
 *
 * <p>Thread-safe and lock-free; does no I/O.
 */
public final class KeyVerdicts {
    /** The longest key in bytes; a longer key cannot be valid. */
    public static final int LONGEST_KEY = KeyLookup.LONGEST_KEY;

    private static final OptionalLong NOT_AT_ALL = OptionalLong.of(0);

    private final CredentialDirectory directory;
    private final KeyLookup lookup;
    private final Ticker ticker;
    private final UnresolvedAnswer unresolvedAnswer;

    /**
     * Creates the verdicts of a directory.
     *
     * @param ticker the clock by which resolved versions end ({@link dev.secretproviders.resolve.Resolver#ticker})
     */
    public KeyVerdicts(
            CredentialDirectory directory, KeyDigester digester, Ticker ticker, UnresolvedAnswer unresolvedAnswer) {
        this.directory = directory;
        this.lookup = new KeyLookup(digester, ticker, directory.wrongKeys());
        this.ticker = ticker;
        this.unresolvedAnswer = unresolvedAnswer;
    }

    /**
     * Judges a key.
     *
     * @param key an array that begins with the key; wiped on return
     * @param length the length of the key in bytes
     */
    public Verdict of(byte[] key, int length) {
        try {
            return judge(key, length);
        } finally {
            Arrays.fill(key, 0, length, (byte) 0);
        }
    }

    private Verdict judge(byte[] key, int length) {
        CredentialIndex index = directory.index();
        // Read before the key: a change during the look-up has a higher number, and ends this verdict.
        long sequence = index.sequence();
        LookupResult found = KeyLookup.canBeKey(length)
                ? lookup.find(index, key, 0, length, WrongKeys.UNKNOWN_SOURCE)
                : LookupResult.NoMatch.INVALID;
        return found instanceof KeyClaim claim
                ? accepted(sequence, claim)
                : notAccepted(sequence, (LookupResult.NoMatch) found, index);
    }

    private Verdict accepted(long sequence, KeyClaim claim) {
        long left = claim.usableFor(ticker.read());
        return new Verdict.Accepted(
                sequence,
                Objects.requireNonNull(claim.identity()).name(),
                left == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(TimeUnit.NANOSECONDS.toMillis(left)));
    }

    private Verdict notAccepted(long sequence, LookupResult.NoMatch found, CredentialIndex index) {
        return switch (found) {
            case INVALID -> new Verdict.Refused(sequence, Reason.INVALID_KEY, OptionalLong.empty());
            case AMBIGUOUS -> new Verdict.Refused(sequence, Reason.AMBIGUOUS_KEY, OptionalLong.empty());
            case UNRESOLVED ->
                // Before the consumers were read once, no key is known to be wrong, whatever the configuration.
                unresolvedAnswer == UnresolvedAnswer.UNAVAILABLE || index == CredentialIndex.UNKNOWN
                        ? new Verdict.Unavailable(sequence)
                        : new Verdict.Refused(sequence, Reason.UNRESOLVED, NOT_AT_ALL);
        };
    }
}
