package dev.secretproviders.app;

import dev.secretproviders.reference.ProviderId;
import dev.secretproviders.resolve.ProviderStatus;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** The state of the circuit breakers and budgets of the providers in force, in Prometheus' terms. */
final class ProviderGauges {
    private ProviderGauges() {}

    static GaugeSnapshot breakers(Map<ProviderId, ProviderStatus> statuses) {
        GaugeSnapshot.Builder snapshot = GaugeSnapshot.builder()
                .name(RunnerMetrics.PREFIX + "provider_breaker")
                .help("1 for the state that the circuit breaker of a provider is in");
        statuses.forEach((id, status) -> {
            for (ProviderStatus.Breaker state : ProviderStatus.Breaker.values()) {
                snapshot.dataPoint(GaugeDataPointSnapshot.builder()
                        .labels(Labels.of(
                                "provider", id.toString(), "state", state.name().toLowerCase(Locale.ROOT)))
                        .value(status.breaker() == state ? 1 : 0)
                        .build());
            }
        });
        return snapshot.build();
    }

    static GaugeSnapshot budgets(Map<ProviderId, ProviderStatus> statuses) {
        return each(
                statuses,
                "provider_budget_used",
                "Part of the calls allowed at once that is spent",
                s -> s.budgetUsed());
    }

    static GaugeSnapshot effectiveTtls(Map<ProviderId, ProviderStatus> statuses) {
        return each(
                statuses,
                "provider_effective_ttl_seconds",
                "Time within which values are asked for again, stretched by the budget",
                s -> s.effectiveTtl().toNanos() / 1e9);
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
