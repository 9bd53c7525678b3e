package dev.secretproviders.app.metrics;

import dev.secretproviders.app.health.ReadyHealth;
import dev.secretproviders.app.health.Shortcomings;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.springframework.boot.health.contributor.HealthIndicator;

/** The health of each of the runner's components as Prometheus metrics. */
public final class HealthMetrics implements Collector {
    private static final String SUFFIX = "HealthIndicator";
    private static final List<String> STATUSES = List.of("UP", Shortcomings.DEGRADED, "DOWN");

    private final Map<String, HealthIndicator> components = new TreeMap<>();

    /**
     * Creates the collector.
     *
     * @param indicators the health indicators by their bean names
     */
    public HealthMetrics(Map<String, HealthIndicator> indicators) {
        indicators.forEach((name, indicator) -> {
            // Boot's own indicators do not describe the service, and readiness is never DEGRADED.
            if (name.endsWith(SUFFIX)
                    && indicator.getClass().getPackage() == ReadyHealth.class.getPackage()
                    && !(indicator instanceof ReadyHealth)) {
                components.put(name.substring(0, name.length() - SUFFIX.length()), indicator);
            }
        });
    }

    @Override
    public MetricSnapshot collect() {
        GaugeSeries series = new GaugeSeries("health", "1 for the status of each component of health");
        components.forEach((component, indicator) -> {
            String now = Objects.requireNonNull(indicator.health()).getStatus().getCode();
            for (String status : STATUSES) {
                String label = status.toLowerCase(Locale.ROOT);
                series.add(status.equals(now) ? 1 : 0, "component", component, "status", label);
            }
        });
        return series.build();
    }
}
