package dev.secretproviders.app.metrics;

import dev.secretproviders.resolve.ProviderStatus;
import dev.secretproviders.spi.ProviderId;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** The states, circuit breakers and budgets of the providers in force as Prometheus metrics. */
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
        CounterSeries series = new CounterSeries(
                "provider_requests", "Requests sent to a secret manager, logins included: what its budget limits");
        statuses.forEach((id, status) -> series.add(status.budget().total(), "provider", id.toString()));
        return series.build();
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
        GaugeSeries series = new GaugeSeries(name, help);
        statuses.forEach((id, status) -> {
            for (E each : states) {
                String label = each.name().toLowerCase(Locale.ROOT);
                series.add(state.apply(status) == each ? 1 : 0, "provider", id.toString(), "state", label);
            }
        });
        return series.build();
    }

    private static GaugeSnapshot each(
            Map<ProviderId, ProviderStatus> statuses,
            String name,
            String help,
            ToDoubleFunction<ProviderStatus> value) {
        GaugeSeries series = new GaugeSeries(name, help);
        statuses.forEach((id, status) -> series.add(value.applyAsDouble(status), "provider", id.toString()));
        return series.build();
    }
}
