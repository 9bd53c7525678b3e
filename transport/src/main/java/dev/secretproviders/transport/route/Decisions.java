package dev.secretproviders.transport.route;

import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.RequestView;
import dev.secretproviders.transport.wire.Content;
import dev.secretproviders.transport.wire.Failures;
import dev.secretproviders.transport.wire.FilterAnswer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks built-in filters, counts what they decide, and turns it into answers. */
public final class Decisions {
    private static final Logger LOG = LoggerFactory.getLogger(Decisions.class);

    private Decisions() {}

    /** Returns the decision, or null if the filter failed, which is logged and is no reason to let the request pass. */
    static @Nullable public Decision decide(
            PreparedRoute route, BuiltInFilter.Prepared filter, RequestView request, TransportStats stats) {
        try {
            Decision decision = filter.decide(request);
            route.counters().count(decision.reason());
            return decision;
        } catch (Throwable e) {
            LOG.error("a built-in filter of route {} failed: {}", route.id().text(), Failures.describe(e));
            return null;
        }
    }

    public static FilterAnswer.Stop stop(Decision.Refuse refuse) {
        return new FilterAnswer.Stop(refuse.status(), refuse.headers(), Content.of(refuse.body()));
    }

    /** The same, as an answer to an HTTPRespCall. */
    public static FilterAnswer.ToResponse forResponse(FilterAnswer.Stop stop) {
        return new FilterAnswer.ToResponse(stop.status(), stop.headers(), stop.body());
    }
}
