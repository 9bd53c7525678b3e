package dev.secretproviders.auth.route;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.auth.KeyClaim;
import dev.secretproviders.auth.LookupResult;
import dev.secretproviders.auth.LookupResult.NoMatch;
import dev.secretproviders.auth.LookupResult.Proven;
import dev.secretproviders.auth.Verdict;
import dev.secretproviders.auth.Verdict.Reason;
import java.time.InstantSource;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** Turns the result of a lookup into a verdict, for callers that remember it. Thread-safe. */
public final class VerdictMaker {
    private static final OptionalLong NOT_AT_ALL = OptionalLong.of(0);
    /** Too short to be remembered. Zero would mean that the runner cannot decide. */
    private static final OptionalLong FOR_THIS_REQUEST = OptionalLong.of(1);

    private final Ticker ticker;
    private final InstantSource clock;
    private final UnresolvedAnswer unresolvedAnswer;

    /** Creates a maker of verdicts. */
    public VerdictMaker(AuthContext context) {
        this.ticker = context.ticker();
        this.clock = context.directory().clock();
        this.unresolvedAnswer = context.unresolvedAnswer();
    }

    /**
     * Returns a verdict.
     *
     * @param sequence the number of the index, read before the lookup: a change during the lookup has a higher number,
     *     and ends this verdict
     */
    public Verdict of(long sequence, LookupResult found) {
        return switch (found) {
            case KeyClaim claim ->
                new Verdict.Accepted(
                        sequence,
                        Objects.requireNonNull(claim.identity()).name(),
                        ttl(claim.usableFor(ticker.read()), claim.validFor(clock.millis())),
                        claim.previous());
            case Proven proven ->
                new Verdict.Accepted(
                        sequence,
                        proven.identity().name(),
                        ttl(proven.usableFor(ticker.read()), proven.validFor(clock.millis())),
                        proven.previous());
            case NoMatch none -> notAccepted(sequence, none);
        };
    }

    private static OptionalLong ttl(long nanosLeft, long millisLeft) {
        long left = nanosLeft == Long.MAX_VALUE
                ? millisLeft
                : Math.min(millisLeft, TimeUnit.NANOSECONDS.toMillis(nanosLeft));
        return left == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(left);
    }

    private Verdict notAccepted(long sequence, NoMatch found) {
        return switch (found) {
            case INVALID -> new Verdict.Refused(sequence, Reason.INVALID_KEY, OptionalLong.empty());
            case AMBIGUOUS -> new Verdict.Refused(sequence, Reason.AMBIGUOUS_KEY, OptionalLong.empty());
            case EXPIRED -> new Verdict.Refused(sequence, Reason.EXPIRED, OptionalLong.empty());
            case NOT_YET_VALID -> new Verdict.Refused(sequence, Reason.NOT_YET_VALID, FOR_THIS_REQUEST);
            case DISABLED -> new Verdict.Refused(sequence, Reason.DISABLED, OptionalLong.empty());
            // Before the consumers were read once, no credential is known to be wrong, whatever the configuration.
            case NOTHING_KNOWN -> new Verdict.Unavailable(sequence);
            case UNRESOLVED ->
                unresolvedAnswer == UnresolvedAnswer.UNAVAILABLE
                        ? new Verdict.Unavailable(sequence)
                        : new Verdict.Refused(sequence, Reason.UNRESOLVED, NOT_AT_ALL);
        };
    }
}
