package dev.secretproviders.app.metrics;

import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.hmac.SeenSignatures;
import dev.secretproviders.consumer.ConsumerProblem;
import dev.secretproviders.consumer.ConsumerSource;
import dev.secretproviders.consumer.guard.UnguardedRoutes;
import dev.secretproviders.resolve.ProviderStatus;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.ResolverListener;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.transport.UnixSocketServer;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Duration;
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
    private final TransportMetrics transport;
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
        this.transport = new TransportMetrics(server);
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
        fetches.labelValues(provider.toString(), outcome.name().toLowerCase(Locale.ROOT))
                .inc();
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
        MetricSnapshots.Builder snapshots = MetricSnapshots.builder()
                .metricSnapshot(ProviderGauges.states(statuses))
                .metricSnapshot(ProviderGauges.breakers(statuses))
                .metricSnapshot(ProviderGauges.requests(statuses))
                .metricSnapshot(ProviderGauges.budgets(statuses))
                .metricSnapshot(ProviderGauges.effectiveTtls(statuses))
                .metricSnapshot(ReferenceGauges.states(resolutions))
                .metricSnapshot(ReferenceGauges.ages(resolutions))
                .metricSnapshot(previousUses())
                .metricSnapshot(GaugeSeries.of("keys", "Keys that are accepted now", directory.size()))
                .metricSnapshot(credentials.known())
                .metricSnapshot(credentials.bounded())
                .metricSnapshot(credentials.ends())
                .metricSnapshot(GaugeSeries.of(
                        "sources_of_many_wrong_keys",
                        "Addresses and networks that tried many wrong keys in the last minutes",
                        directory.wrongKeys().sourcesOfManyKeys().size()))
                .metricSnapshot(GaugeSeries.of(
                        "wrong_keys_from_many_sources",
                        "Wrong keys that came from many addresses in the last minutes",
                        directory.wrongKeys().keysFromManySources().size()))
                .metricSnapshot(GaugeSeries.of(
                        "credentials_unresolved",
                        "Credentials whose reference could not be resolved yet",
                        directory.undecided()))
                .metricSnapshot(GaugeSeries.of(
                        "credentials_ambiguous",
                        "Pairs of credentials that are refused because they share a key",
                        directory.ambiguities().size()))
                .metricSnapshot(GaugeSeries.of(
                        "index_sequence", "Number of the credential index in force", (double) directory.sequence()))
                .metricSnapshot(GaugeSeries.of(
                        "consumers",
                        "Consumers",
                        directory.consumers().consumers().size()))
                .metricSnapshot(GaugeSeries.of(
                        "consumers_left_out",
                        "Consumers and credentials left out because they cannot be understood",
                        directory.consumers().problems().stream()
                                .mapToInt(ConsumerProblem::objects)
                                .sum()))
                .metricSnapshot(GaugeSeries.of(
                        "consumer_source_up",
                        "1 while the source of consumers answers",
                        consumers.status().lastSuccess() != null
                                        && consumers.status().lastError() == null
                                ? 1
                                : 0))
                .metricSnapshot(GaugeSeries.of(
                        "signatures", "Signatures remembered because they count once", (double) signatures.size()))
                .metricSnapshot(GaugeSeries.of(
                        "unguarded_routes",
                        "Routes that only the companion guards while no worker of APISIX has followed for a minute",
                        unguarded.now().size()));
        transport.addTo(snapshots);
        return snapshots.build();
    }

    /** Returns the uses by consumer for the consumers with the most uses, and the sum of the others. */
    private CounterSnapshot previousUses() {
        Map<String, Long> counts = new TreeMap<>();
        directory.previousUses().forEach((name, uses) -> counts.merge(name.username(), uses.count(), Long::sum));
        CounterSeries series = new CounterSeries(
                "previous_version_uses", "Requests accepted with a key from before its rotation, by consumer");
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
        counts.forEach((consumer, count) -> series.add(count, "consumer", consumer));
        return series.build();
    }
}
