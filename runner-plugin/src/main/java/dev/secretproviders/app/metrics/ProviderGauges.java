package dev.secretproviders.app.metrics;

import dev.secretproviders.resolve.ProviderStatus;
import dev.secretproviders.spi.ProviderId;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** The states, circuit breakers and budgets of the providers in force, in Prometheus' terms. */
final class ProviderGauges {
    private ProviderGauges() {}

    static GaugeSnapshot states(Map<ProviderId, ProviderStatus> statuses) {
        return oneOf(
                statuses,
                "provider_state",
                "1 for the state that a provider is in",
                ProviderStatus.State.values(),
                ProviderStatus::state);
    }

    static GaugeSnapshot breakers(Map<ProviderId, ProviderStatus> statuses) {
        return oneOf(
                statuses,
                "provider_breaker",
                "1 for the state that the circuit breaker of a provider is in",
                ProviderStatus.Breaker.values(),
                ProviderStatus::breaker);
    }

    static CounterSnapshot requests(Map<ProviderId, ProviderStatus> statuses) {
        CounterSnapshot.Builder snapshot = CounterSnapshot.builder()
                .name(RunnerMetrics.PREFIX + "provider_requests")
                .help("Requests sent to a secret manager, logins included: what its budget limits");
        statuses.forEach((id, status) -> snapshot.dataPoint(CounterDataPointSnapshot.builder()
                .labels(Labels.of("provider", id.toString()))
                .value((double) status.budget().total())
                .build()));
        return snapshot.build();
    }

    static GaugeSnapshot budgets(Map<ProviderId, ProviderStatus> statuses) {
        return each(
                statuses,
                "provider_budget",
                "Requests that a secret manager may be sent in a minute, 0 for no limit",
                status -> status.budget().perMinute());
    }

    static GaugeSnapshot effectiveTtls(Map<ProviderId, ProviderStatus> statuses) {
        return each(
                statuses,
                "provider_effective_ttl_seconds",
                "Time within which values are asked for again, stretched by the budget",
                status -> status.budget().effectiveTtl().toNanos() / 1e9);
    }

    private static <E extends Enum<E>> GaugeSnapshot oneOf(
            Map<ProviderId, ProviderStatus> statuses,
            String name,
            String help,
            E[] states,
            Function<ProviderStatus, E> state) {
        GaugeSnapshot.Builder snapshot =
                GaugeSnapshot.builder().name(RunnerMetrics.PREFIX + name).help(help);
        statuses.forEach((id, status) -> {
            for (E each : states) {
                snapshot.dataPoint(GaugeDataPointSnapshot.builder()
                        .labels(Labels.of(
                                "provider", id.toString(), "state", each.name().toLowerCase(Locale.ROOT)))
                        .value(state.apply(status) == each ? 1 : 0)
                        .build());
            }
        });
        return snapshot.build();
    }

    private static GaugeSnapshot each(
            Map<ProviderId, ProviderStatus> statuses,
            String name,
            String help,
            ToDoubleFunction<ProviderStatus> value) {
        GaugeSnapshot.Builder snapshot =
                GaugeSnapshot.builder().name(RunnerMetrics.PREFIX + name).help(help);
        statuses.forEach((id, status) -> snapshot.dataPoint(GaugeDataPointSnapshot.builder()
                .labels(Labels.of("provider", id.toString()))
                .value(value.applyAsDouble(status))
                .build()));
        return snapshot.build();
    }
}
