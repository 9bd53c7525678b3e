package dev.secretproviders.auth.multi;

import dev.secretproviders.auth.Decision.Accept;
import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.auth.Decision.Refuse;
import dev.secretproviders.auth.Judgement;
import dev.secretproviders.auth.RequestNeeds;
import dev.secretproviders.auth.RequestView;
import dev.secretproviders.auth.route.Admission;
import dev.secretproviders.auth.route.Authenticator;
import dev.secretproviders.auth.route.SharedRefusals;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides requests by the first of several authenticators that accepts, as APISIX's own {@code multi-auth} does ({@code
 * apisix/plugins/multi-auth.lua}). If none does, the answer hides why, and has the challenge of the last one.
 *
 * <p>Unlike natively, the answer is 503 if one of them could not decide yet. Such a request does not count as anonymous,
 * either.
 *
 * <p>Thread-safe and lock-free; does no I/O.
 */
final class MultiAuthenticator implements Authenticator {
    private static final String BODY = Admission.body("Authorization Failed");

    private final List<Authenticator> authenticators;
    private final SharedRefusals<Kind> answers = new SharedRefusals<>();

    /**
     * What the authenticators so far answered.
     *
     * @param last the last refusal
     * @param unavailable the answer of one that could not decide yet
     */
    private record Refusals(
            Reason reason, @Nullable Refuse last, @Nullable Refuse unavailable) {
        static final Refusals NONE = new Refusals(Reason.MISSING_KEY, null, null);

        Refusals and(Refuse refusal) {
            return new Refusals(
                    reason == Reason.MISSING_KEY ? refusal.reason() : reason,
                    refusal,
                    unavailable == null && refusal.status() == 503 ? refusal : unavailable);
        }

        Kind kind() {
            return new Kind(reason, last == null ? List.of() : last.headers());
        }
    }

    /** What an answer depends on. */
    private record Kind(Reason reason, List<Header> headers) {
        Refuse answer() {
            return new Refuse(reason, 401, headers, BODY);
        }
    }

    /**
     * Creates an authenticator.
     *
     * @param authenticators in the order in which they are tried
     */
    MultiAuthenticator(List<Authenticator> authenticators) {
        this.authenticators = List.copyOf(authenticators);
    }

    @Override
    public Judgement decide(RequestView request) {
        return from(0, Refusals.NONE, request);
    }

    @Override
    public RequestNeeds needs() {
        return authenticators.stream().map(Authenticator::needs).reduce(RequestNeeds.NONE, RequestNeeds::and);
    }

    private Judgement from(int index, Refusals refusals, RequestView request) {
        return index == authenticators.size()
                ? answer(refusals)
                : follow(authenticators.get(index).decide(request), index, refusals, request);
    }

    private Refuse answer(Refusals refusals) {
        Refuse unavailable = refusals.unavailable();
        if (unavailable != null) {
            return unavailable;
        }
        Kind kind = refusals.kind();
        return answers.of(kind, kind::answer);
    }

    private Judgement follow(Judgement judgement, int index, Refusals refusals, RequestView request) {
        return switch (judgement) {
            case Accept accept -> accepted(accept, refusals);
            case Refuse refusal -> from(index + 1, refusals.and(refusal), request);
            case Judgement.Ask(RequestNeeds needs, Judgement.Next next) ->
                new Judgement.Ask(needs, later -> follow(next.judge(later), index, refusals, later));
            case Judgement.Later(Judgement.Next next) ->
                new Judgement.Later(later -> follow(next.judge(later), index, refusals, later));
        };
    }

    private static Judgement accepted(Accept accept, Refusals refusals) {
        Refuse unavailable = refusals.unavailable();
        return unavailable != null && accept.reason() == Reason.ANONYMOUS ? unavailable : accept;
    }
}
