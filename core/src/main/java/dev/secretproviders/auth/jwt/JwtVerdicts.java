package dev.secretproviders.auth.jwt;

import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.CredentialIndex;
import dev.secretproviders.auth.Ruling;
import dev.secretproviders.auth.Verdict;
import dev.secretproviders.auth.WrongKeys;
import dev.secretproviders.auth.jwt.JwtClaims.TimeClaim;
import dev.secretproviders.auth.jwt.JwtLookup.Result;
import dev.secretproviders.auth.jwt.PresentedToken.Fault;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.auth.route.VerdictMaker;
import java.util.EnumSet;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives verdicts on tokens to callers that remember them. They are judged as by {@link JwtAuthenticator}.
 *
 * <p>Thread-safe and lock-free; does no I/O. What a public key has to verify is left to {@link Ruling.Later}.
 */
public final class JwtVerdicts {
    private static final long MILLIS = TimeUnit.SECONDS.toMillis(1);
    /** Too short to be remembered. Zero would mean that the runner cannot decide. */
    private static final OptionalLong FOR_THIS_REQUEST = OptionalLong.of(1);

    private final CredentialDirectory directory;
    private final JwtLookup lookup;
    private final VerdictMaker verdicts;
    private final LongSupplier millis;

    /** Creates the verdicts of a directory, with the clock of the system. */
    public JwtVerdicts(AuthContext context, VerifiedTokens verified) {
        this(context, verified, System::currentTimeMillis);
    }

    /**
     * Creates the verdicts of a directory.
     *
     * @param millis gives the milliseconds since 1970
     */
    JwtVerdicts(AuthContext context, VerifiedTokens verified, LongSupplier millis) {
        this.directory = context.directory();
        this.lookup = new JwtLookup(context, verified, () -> Math.floorDiv(millis.getAsLong(), MILLIS));
        this.verdicts = new VerdictMaker(context);
        this.millis = millis;
    }

    /**
     * Judges a token.
     *
     * @param token must not change until the verdict is there
     * @param keyClaim the claim that names the consumer's key
     * @param claims the claims to verify, joined by commas; empty for those that the token has
     * @throws IllegalArgumentException if a claim is neither exp nor nbf
     */
    public Ruling of(byte[] token, String keyClaim, String claims) {
        PresentedToken presented = PresentedToken.parse(token, 0, token.length, keyClaim, demanded(claims));
        return judge(token, presented, null);
    }

    private static Set<TimeClaim> demanded(String claims) {
        Set<TimeClaim> demanded = EnumSet.noneOf(TimeClaim.class);
        if (!claims.isEmpty()) {
            for (String name : claims.split(",", -1)) {
                TimeClaim claim = TimeClaim.named(name);
                if (claim == null) {
                    throw new IllegalArgumentException("a claim to verify that is neither exp nor nbf");
                }
                demanded.add(claim);
            }
        }
        return demanded;
    }

    /** @param slow what is known of a token that may take long, or null; with it, this returns a verdict */
    private Ruling judge(byte[] token, @Nullable PresentedToken presented, Result.@Nullable Slow slow) {
        CredentialIndex index = directory.index();
        // Both are read before the credential. A change during the lookup has a higher number, and ends this verdict.
        long sequence = index.sequence();
        long begun = millis.getAsLong();
        Result result = slow == null
                ? lookup.find(index, presented, token, 0, token.length, WrongKeys.UNKNOWN_SOURCE)
                : lookup.verify(index, presented, slow, token, 0, token.length, WrongKeys.UNKNOWN_SOURCE);
        return switch (result) {
            case Result.Good(var proven, long secondsLeft) -> within(verdicts.of(sequence, proven), secondsLeft, begun);
            case Result.Unknown(var reason) -> verdicts.of(sequence, reason);
            case Result.Bad(Fault fault) -> new Verdict.Refused(sequence, reason(fault), forRefusal(presented, begun));
            // The index may have changed by then, so the credential is looked up again.
            case Result.Slow known -> new Ruling.Later(() -> (Verdict) judge(token, presented, known));
        };
    }

    /** Bounds a verdict by the token's own times. They end with a whole second of the clock. */
    private static Verdict within(Verdict verdict, long secondsLeft, long begun) {
        if (secondsLeft > Long.MAX_VALUE / MILLIS || !(verdict instanceof Verdict.Accepted accepted)) {
            return verdict;
        }
        long left = Math.max(0, secondsLeft * MILLIS - Math.floorMod(begun, MILLIS));
        return new Verdict.Accepted(
                accepted.sequence(),
                accepted.credential(),
                OptionalLong.of(Math.min(left, accepted.ttlMillis().orElse(Long.MAX_VALUE))),
                accepted.previous());
    }

    /** A token that is not valid yet may be so at the next request. */
    private static OptionalLong forRefusal(@Nullable PresentedToken presented, long begun) {
        return presented != null && presented.isEarly(Math.floorDiv(begun, MILLIS))
                ? FOR_THIS_REQUEST
                : OptionalLong.empty();
    }

    private static Verdict.Reason reason(Fault fault) {
        return switch (fault) {
            case MALFORMED -> Verdict.Reason.MALFORMED_TOKEN;
            case NO_KEY -> Verdict.Reason.MISSING_KEY_CLAIM;
            case UNKNOWN_KEY -> Verdict.Reason.INVALID_KEY;
            case NOT_VERIFIED -> Verdict.Reason.NOT_VERIFIED;
        };
    }
}
