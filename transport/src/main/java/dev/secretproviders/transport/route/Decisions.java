package dev.secretproviders.transport.route;

import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.Judgement;
import dev.secretproviders.auth.RequestView;
import dev.secretproviders.transport.wire.Content;
import dev.secretproviders.transport.wire.Failures;
import dev.secretproviders.transport.wire.FilterAnswer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks built-in filters, counts their decisions, and turns decisions into answers. */
public final class Decisions {
    private static final Logger LOG = LoggerFactory.getLogger(Decisions.class);

    private Decisions() {}

    /** Asks a filter. Null if the filter failed: the failure is logged, and the request must not pass. */
    public static @Nullable Judgement judge(PreparedRoute route, BuiltInFilter.Prepared filter, RequestView request) {
        try {
            return counted(route, filter.decide(request));
        } catch (Throwable e) {
            return failed(route, e);
        }
    }

    /** Lets a filter go on. Null if it failed, as with the filter itself. */
    public static @Nullable Judgement goOn(PreparedRoute route, Judgement.Next next, RequestView request) {
        try {
            return counted(route, next.judge(request));
        } catch (Throwable e) {
            return failed(route, e);
        }
    }

    private static Judgement counted(PreparedRoute route, Judgement judgement) {
        if (judgement instanceof Decision decision) {
            route.counters().count(decision.reason());
        }
        return judgement;
    }

    private static @Nullable Judgement failed(PreparedRoute route, Throwable e) {
        LOG.error("a built-in filter of route {} failed: {}", route.id().text(), Failures.describe(e));
        return null;
    }

    /** Returns a refusal as the answer to an HTTPReqCall. */
    public static FilterAnswer.Stop stop(Decision.Refuse refuse) {
        return new FilterAnswer.Stop(refuse.status(), refuse.headers(), Content.of(refuse.body()));
    }

    /** Returns the same answer for an HTTPRespCall. */
    public static FilterAnswer.ToResponse forResponse(FilterAnswer.Stop stop) {
        return new FilterAnswer.ToResponse(stop.status(), stop.headers(), stop.body());
    }
}
