package dev.secretproviders.app.metrics;

import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.hmac.SeenSignatures;
import dev.secretproviders.consumer.ConsumerProblem;
import dev.secretproviders.consumer.ConsumerSource;
import dev.secretproviders.consumer.guard.UnguardedRoutes;
import dev.secretproviders.resolve.ProviderStatus;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolutionState;
import dev.secretproviders.resolve.ResolvedValue;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.ResolverListener;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.transport.UnixSocketServer;
import dev.secretproviders.transport.companion.FollowerStats;
import dev.secretproviders.transport.route.TransportStats;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Prometheus metrics of the runner, computed at each scrape. The request path only increments plain adders. */
public final class RunnerMetrics implements MultiCollector, ResolverListener {
    static final String PREFIX = "secret_providers_";
    /** The most series for consumers with a key from before its rotation. */
    private static final int MOST_CONSUMERS = 100;

    private final Resolver resolver;
    private final CredentialDirectory directory;
    private final ConsumerSource consumers;
    private final UnguardedRoutes unguarded;
    private final UnixSocketServer server;
    private final SeenSignatures signatures;

    // Exemplars would load OpenTelemetry, which is there for those who trace.
    private final Histogram fetchSeconds = Histogram.builder()
            .name(PREFIX + "fetch_seconds")
            .help("How long one call of a secret manager took")
            .labelNames("provider")
            .classicOnly()
            .withoutExemplars()
            .classicUpperBounds(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
            .build();
    private final Counter fetches = Counter.builder()
            .name(PREFIX + "fetches")
            .help("Secrets asked for, by outcome")
            .labelNames("provider", "outcome")
            .withoutExemplars()
            .build();
    private final Counter rotations = Counter.builder()
            .name(PREFIX + "rotations")
            .help("Values that changed behind an unchanged path")
            .labelNames("provider")
            .withoutExemplars()
            .build();

    /** Creates the collector of these parts. */
    public RunnerMetrics(
            Resolver resolver,
            CredentialDirectory directory,
            ConsumerSource consumers,
            UnixSocketServer server,
            SeenSignatures signatures) {
        this.resolver = resolver;
        this.directory = directory;
        this.consumers = consumers;
        this.server = server;
        this.signatures = signatures;
        this.unguarded = new UnguardedRoutes(
                () -> directory.consumers().configuration().routes(),
                () -> server.followerStats().followers(),
                System::nanoTime);
    }

    /** Registers all metrics. */
    public void registerWith(PrometheusRegistry registry) {
        registry.register(fetchSeconds);
        registry.register(fetches);
        registry.register(rotations);
        registry.register(this);
    }

    @Override
    public void asked(ProviderId provider, Duration took) {
        fetchSeconds.labelValues(provider.toString()).observe(took.toNanos() / 1e9);
    }

    @Override
    public void fetched(ProviderId provider, String path, FetchOutcome outcome, @Nullable String version) {
        fetches.labelValues(provider.toString(), lower(outcome)).inc();
    }

    @Override
    public void rotated(ProviderId provider, String path, String fromVersion, String toVersion) {
        rotations.labelValues(provider.toString()).inc();
    }

    @Override
    public MetricSnapshots collect() {
        List<Resolution> resolutions = resolver.resolutions();
        Map<ProviderId, ProviderStatus> statuses = resolver.statuses();
        CredentialGauges credentials = new CredentialGauges(directory, resolutions);
        return MetricSnapshots.builder()
                .metricSnapshot(ProviderGauges.states(statuses))
                .metricSnapshot(ProviderGauges.breakers(statuses))
                .metricSnapshot(ProviderGauges.requests(statuses))
                .metricSnapshot(ProviderGauges.budgets(statuses))
                .metricSnapshot(ProviderGauges.effectiveTtls(statuses))
                .metricSnapshot(decisions())
                .metricSnapshot(references(resolutions))
                .metricSnapshot(ages(resolutions))
                .metricSnapshot(previousUses())
                .metricSnapshot(gauge("keys", "Keys that are accepted now", directory.size()))
                .metricSnapshot(credentials.known())
                .metricSnapshot(credentials.bounded())
                .metricSnapshot(credentials.ends())
                .metricSnapshot(gauge(
                        "sources_of_many_wrong_keys",
                        "Addresses and networks that tried many wrong keys in the last minutes",
                        directory.wrongKeys().sourcesOfManyKeys().size()))
                .metricSnapshot(gauge(
                        "wrong_keys_from_many_sources",
                        "Wrong keys that came from many addresses in the last minutes",
                        directory.wrongKeys().keysFromManySources().size()))
                .metricSnapshot(gauge(
                        "credentials_unresolved",
                        "Credentials whose reference could not be resolved yet",
                        directory.undecided()))
                .metricSnapshot(gauge(
                        "credentials_ambiguous",
                        "Pairs of credentials that are refused because they share a key",
                        directory.ambiguities().size()))
                .metricSnapshot(gauge(
                        "index_sequence", "Number of the credential index in force", (double) directory.sequence()))
                .metricSnapshot(gauge(
                        "consumers",
                        "Consumers",
                        directory.consumers().consumers().size()))
                .metricSnapshot(gauge(
                        "consumers_left_out",
                        "Consumers and credentials left out because they cannot be understood",
                        directory.consumers().problems().stream()
                                .mapToInt(ConsumerProblem::objects)
                                .sum()))
                .metricSnapshot(gauge(
                        "consumer_source_up",
                        "1 while the source of consumers answers",
                        consumers.status().lastSuccess() != null
                                        && consumers.status().lastError() == null
                                ? 1
                                : 0))
                .metricSnapshot(gauge(
                        "routes_misconfigured",
                        "Routes that answer 503 to every request",
                        server.problems().size()))
                .metricSnapshot(gauge("connections", "Connections of APISIX open now", (double)
                        server.stats().connectionsOpen()))
                .metricSnapshot(gauge(
                        "signatures", "Signatures remembered because they count once", (double) signatures.size()))
                .metricSnapshot(gauge("conf_tokens", "Route configurations held", (double)
                        server.stats().confTokens()))
                .metricSnapshot(transport())
                .metricSnapshot(verdicts())
                .metricSnapshot(values())
                .metricSnapshot(gauge("event_followers", "Connections that follow the event stream now", (double)
                        server.followerStats().followers()))
                .metricSnapshot(gauge(
                        "event_stream_up",
                        "1 while the event stream is available",
                        server.eventProblem() == null ? 1 : 0))
                .metricSnapshot(eventStream())
                .metricSnapshot(gauge(
                        "unguarded_routes",
                        "Routes that only the companion guards while no worker of APISIX has followed for a minute",
                        unguarded.now().size()))
                .build();
    }

    private CounterSnapshot decisions() {
        CounterSnapshot.Builder snapshot = CounterSnapshot.builder()
                .name(PREFIX + "decisions")
                .help("Requests decided, by route, kind of credential and reason");
        server.stats()
                .forEachRoute((route, kind, reason, count) -> snapshot.dataPoint(CounterDataPointSnapshot.builder()
                        .labels(Labels.of("route", route.text(), "kind", kind, "reason", lower(reason)))
                        .value((double) count)
                        .build()));
        return snapshot.build();
    }

    /** Returns the uses by consumer for the consumers with the most uses, and the sum of the others. */
    private CounterSnapshot previousUses() {
        Map<String, Long> counts = new TreeMap<>();
        directory.previousUses().forEach((name, uses) -> counts.merge(name.username(), uses.count(), Long::sum));
        CounterSnapshot.Builder snapshot = CounterSnapshot.builder()
                .name(PREFIX + "previous_version_uses")
                .help("Requests accepted with a key from before its rotation, by consumer");
        if (counts.size() > MOST_CONSUMERS) {
            List<String> rest = counts.entrySet().stream()
                    .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                    .skip(MOST_CONSUMERS)
                    .map(Map.Entry::getKey)
                    .toList();
            // APISIX allows no such name for a consumer.
            counts.put("(others)", rest.stream().mapToLong(counts::get).sum());
            counts.keySet().removeAll(rest);
        }
        counts.forEach((consumer, count) -> snapshot.dataPoint(CounterDataPointSnapshot.builder()
                .labels(Labels.of("consumer", consumer))
                .value((double) count)
                .build()));
        return snapshot.build();
    }

    private static GaugeSnapshot references(List<Resolution> resolutions) {
        Map<String, Map<ResolutionState, Integer>> counts = new TreeMap<>();
        for (Resolution resolution : resolutions) {
            counts.computeIfAbsent(resolution.reference().provider().toString(), absent -> new TreeMap<>())
                    .merge(resolution.state(), 1, Integer::sum);
        }
        GaugeSnapshot.Builder snapshot =
                GaugeSnapshot.builder().name(PREFIX + "references").help("References, by provider and state");
        counts.forEach((provider, states) -> {
            for (ResolutionState state : ResolutionState.values()) {
                snapshot.dataPoint(GaugeDataPointSnapshot.builder()
                        .labels(Labels.of("provider", provider, "state", lower(state)))
                        .value(states.getOrDefault(state, 0))
                        .build());
            }
        });
        return snapshot.build();
    }

    private static GaugeSnapshot ages(List<Resolution> resolutions) {
        Map<String, Double> oldest = new TreeMap<>();
        Instant now = Instant.now();
        for (Resolution resolution : resolutions) {
            ResolvedValue value = resolution.current();
            if (value != null) {
                double age = Duration.between(value.version().verifiedAt(), now).toNanos() / 1e9;
                oldest.merge(resolution.reference().provider().toString(), age, Math::max);
            }
        }
        GaugeSnapshot.Builder snapshot = GaugeSnapshot.builder()
                .name(PREFIX + "secret_age_seconds")
                .help("Time since the secret manager last confirmed the value confirmed longest ago");
        oldest.forEach((provider, age) -> snapshot.dataPoint(GaugeDataPointSnapshot.builder()
                .labels(Labels.of("provider", provider))
                .value(age)
                .build()));
        return snapshot.build();
    }

    private CounterSnapshot transport() {
        TransportStats stats = server.stats();
        return CounterSnapshot.builder()
                .name(PREFIX + "transport_events")
                .help("What happened on the socket")
                .dataPoint(event("connection_accepted", stats.connectionsAccepted()))
                .dataPoint(event("prepare_conf", stats.prepareConfFrames()))
                .dataPoint(event("request", stats.requestFrames()))
                .dataPoint(event("response", stats.responseFrames()))
                .dataPoint(event("extra_info", stats.extraInfoFrames()))
                .dataPoint(event("malformed_frame", stats.malformedFrames()))
                .dataPoint(event("pipelined_frame", stats.pipelinedFrames()))
                .dataPoint(event("stalled_frame", stats.stalledFrames()))
                .dataPoint(event("deadline_exceeded", stats.deadlinesExceeded()))
                .dataPoint(event("unknown_conf_token", stats.unknownTokens()))
                .dataPoint(event("filter_failure", stats.filterFailures()))
                .dataPoint(event("misconfigured_route", stats.misconfiguredRequests()))
                .dataPoint(event("remembered_use", stats.usesReported()))
                .build();
    }

    private CounterSnapshot values() {
        TransportStats stats = server.stats();
        return CounterSnapshot.builder()
                .name(PREFIX + "values")
                .help("Values for upstreams asked for by the companion")
                .dataPoint(count("answer", "known", stats.valuesKnown()))
                .dataPoint(count("answer", "unavailable", stats.valuesUnavailable()))
                .build();
    }

    private CounterSnapshot verdicts() {
        CounterSnapshot.Builder snapshot = CounterSnapshot.builder()
                .name(PREFIX + "verdicts")
                .help("Verdicts asked for by the companion, by kind of credential");
        server.stats()
                .verdicts
                .forEach((kind, outcome, count) -> snapshot.dataPoint(CounterDataPointSnapshot.builder()
                        .labels(Labels.of("kind", kind.label(), "verdict", lower(outcome)))
                        .value((double) count)
                        .build()));
        return snapshot.build();
    }

    private CounterSnapshot eventStream() {
        FollowerStats stats = server.followerStats();
        return CounterSnapshot.builder()
                .name(PREFIX + "event_stream")
                .help("What happened on the event stream")
                .dataPoint(event("published", stats.events()))
                .dataPoint(event("published_all", stats.eventsForAll()))
                .dataPoint(event("follower_joined", stats.followersJoined()))
                .dataPoint(event("follower_lagged", stats.followersLagged()))
                .dataPoint(event("follower_too_slow", stats.followersTooSlow()))
                .dataPoint(event("follower_talking", stats.followersTalking()))
                .dataPoint(event("follower_turned_away", stats.followersTurnedAway()))
                .build();
    }

    private static CounterDataPointSnapshot event(String event, long count) {
        return count("event", event, count);
    }

    private static CounterDataPointSnapshot count(String label, String value, long count) {
        return CounterDataPointSnapshot.builder()
                .labels(Labels.of(label, value))
                .value((double) count)
                .build();
    }

    private static GaugeSnapshot gauge(String name, String help, double value) {
        return GaugeSnapshot.builder()
                .name(PREFIX + name)
                .help(help)
                .dataPoint(GaugeDataPointSnapshot.builder().value(value).build())
                .build();
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
