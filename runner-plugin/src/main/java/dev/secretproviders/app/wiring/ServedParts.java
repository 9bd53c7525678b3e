package dev.secretproviders.app.wiring;

import dev.secretproviders.admin.history.DecisionTotals;
import dev.secretproviders.app.control.Served;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.inject.UpstreamSecrets;
import dev.secretproviders.transport.UnixSocketServer;
import dev.secretproviders.transport.route.TransportStats;
import java.util.EnumMap;
import java.util.Map;

/** What the control plane sees of the sockets. */
final class ServedParts {
    private ServedParts() {}

    static Served of(UnixSocketServer server, UpstreamSecrets upstream) {
        return new Served(
                () -> decisions(server.stats()),
                () -> server.followerStats().followers(),
                server::eventProblem,
                upstream,
                server.tokens());
    }

    /** Returns how many requests were decided, over all routes. */
    private static DecisionTotals decisions(TransportStats stats) {
        Map<Reason, Long> decisions = new EnumMap<>(Reason.class);
        stats.forEachRoute((_, _, reason, count) -> decisions.merge(reason, count, Long::sum));
        return new DecisionTotals(
                decisions, stats.verdictsAccepted(), stats.verdictsRefused(), stats.verdictsUnavailable());
    }
}
