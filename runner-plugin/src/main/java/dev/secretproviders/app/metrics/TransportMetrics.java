package dev.secretproviders.app.metrics;

import dev.secretproviders.transport.UnixSocketServer;
import dev.secretproviders.transport.companion.FollowerStats;
import dev.secretproviders.transport.route.TransportStats;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.Locale;

/** What happens on the socket as Prometheus metrics: decisions, the companion's questions, and the event stream. */
final class TransportMetrics {
    private final UnixSocketServer server;

    TransportMetrics(UnixSocketServer server) {
        this.server = server;
    }

    void addTo(MetricSnapshots.Builder snapshots) {
        TransportStats stats = server.stats();
        FollowerStats followers = server.followerStats();
        snapshots
                .metricSnapshot(decisions(stats))
                .metricSnapshot(GaugeSeries.of(
                        "routes_misconfigured",
                        "Routes that answer 503 to every request",
                        server.problems().size()))
                .metricSnapshot(GaugeSeries.of(
                        "connections", "Connections of APISIX open now", (double) stats.connectionsOpen()))
                .metricSnapshot(GaugeSeries.of("conf_tokens", "Route configurations held", (double) stats.confTokens()))
                .metricSnapshot(events(stats))
                .metricSnapshot(verdicts(stats))
                .metricSnapshot(values(stats))
                .metricSnapshot(
                        GaugeSeries.of("event_followers", "Connections that follow the event stream now", (double)
                                followers.followers()))
                .metricSnapshot(GaugeSeries.of(
                        "event_stream_up",
                        "1 while the event stream is available",
                        server.eventProblem() == null ? 1 : 0))
                .metricSnapshot(eventStream(followers));
    }

    private static CounterSnapshot decisions(TransportStats stats) {
        CounterSeries series =
                new CounterSeries("decisions", "Requests decided, by route, kind of credential and reason");
        stats.forEachRoute((route, kind, reason, count) ->
                series.add(count, "route", route.text(), "kind", kind, "reason", lower(reason)));
        return series.build();
    }

    private static CounterSnapshot events(TransportStats stats) {
        return new CounterSeries("transport_events", "What happened on the socket")
                .event("connection_accepted", stats.connectionsAccepted())
                .event("prepare_conf", stats.prepareConfFrames())
                .event("request", stats.requestFrames())
                .event("response", stats.responseFrames())
                .event("extra_info", stats.extraInfoFrames())
                .event("malformed_frame", stats.malformedFrames())
                .event("pipelined_frame", stats.pipelinedFrames())
                .event("stalled_frame", stats.stalledFrames())
                .event("deadline_exceeded", stats.deadlinesExceeded())
                .event("unknown_conf_token", stats.unknownTokens())
                .event("filter_failure", stats.filterFailures())
                .event("misconfigured_route", stats.misconfiguredRequests())
                .event("remembered_use", stats.usesReported())
                .build();
    }

    private static CounterSnapshot verdicts(TransportStats stats) {
        CounterSeries series =
                new CounterSeries("verdicts", "Verdicts asked for by the companion, by kind of credential");
        stats.verdicts.forEach(
                (kind, outcome, count) -> series.add(count, "kind", kind.label(), "verdict", lower(outcome)));
        return series.build();
    }

    private static CounterSnapshot values(TransportStats stats) {
        return new CounterSeries("values", "Values for upstreams asked for by the companion")
                .add(stats.valuesKnown(), "answer", "known")
                .add(stats.valuesUnavailable(), "answer", "unavailable")
                .build();
    }

    private static CounterSnapshot eventStream(FollowerStats stats) {
        return new CounterSeries("event_stream", "What happened on the event stream")
                .event("published", stats.events())
                .event("published_all", stats.eventsForAll())
                .event("follower_joined", stats.followersJoined())
                .event("follower_lagged", stats.followersLagged())
                .event("follower_too_slow", stats.followersTooSlow())
                .event("follower_talking", stats.followersTalking())
                .event("follower_turned_away", stats.followersTurnedAway())
                .build();
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
