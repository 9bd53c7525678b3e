package dev.secretproviders.app.metrics;

import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolutionState;
import dev.secretproviders.resolve.ResolvedValue;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The states and the age of references as Prometheus metrics, by provider. */
final class ReferenceGauges {
    private ReferenceGauges() {}

    static GaugeSnapshot states(List<Resolution> resolutions) {
        Map<String, Map<ResolutionState, Integer>> counts = new TreeMap<>();
        for (Resolution resolution : resolutions) {
            counts.computeIfAbsent(resolution.reference().provider().toString(), absent -> new TreeMap<>())
                    .merge(resolution.state(), 1, Integer::sum);
        }
        GaugeSeries series = new GaugeSeries("references", "References, by provider and state");
        counts.forEach((provider, states) -> {
            for (ResolutionState state : ResolutionState.values()) {
                String label = state.name().toLowerCase(Locale.ROOT);
                series.add(states.getOrDefault(state, 0), "provider", provider, "state", label);
            }
        });
        return series.build();
    }

    static GaugeSnapshot ages(List<Resolution> resolutions) {
        Map<String, Double> oldest = new TreeMap<>();
        Instant now = Instant.now();
        for (Resolution resolution : resolutions) {
            ResolvedValue value = resolution.current();
            if (value != null) {
                double age = Duration.between(value.version().verifiedAt(), now).toNanos() / 1e9;
                oldest.merge(resolution.reference().provider().toString(), age, Math::max);
            }
        }
        GaugeSeries series = new GaugeSeries(
                "secret_age_seconds", "Time since the secret manager last confirmed the value confirmed longest ago");
        oldest.forEach((provider, age) -> series.add(age, "provider", provider));
        return series.build();
    }
}
