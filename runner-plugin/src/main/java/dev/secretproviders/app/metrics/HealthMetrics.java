package dev.secretproviders.app.metrics;

import dev.secretproviders.app.health.ReadyHealth;
import dev.secretproviders.app.health.Shortcomings;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.springframework.boot.health.contributor.HealthIndicator;

/** What health says of each of the runner's components, in Prometheus' terms. */
public final class HealthMetrics implements Collector {
    private static final String SUFFIX = "HealthIndicator";
    private static final List<String> STATUSES = List.of("UP", Shortcomings.DEGRADED, "DOWN");

    private final Map<String, HealthIndicator> components = new TreeMap<>();

    /**
     * Creates it.
     *
     * @param indicators by their names as beans
     */
    public HealthMetrics(Map<String, HealthIndicator> indicators) {
        indicators.forEach((name, indicator) -> {
            // Boot's own say nothing of the service, and readiness is no matter of degrees.
            if (name.endsWith(SUFFIX)
                    && indicator.getClass().getPackage() == ReadyHealth.class.getPackage()
                    && !(indicator instanceof ReadyHealth)) {
                components.put(name.substring(0, name.length() - SUFFIX.length()), indicator);
            }
        });
    }

    @Override
    public MetricSnapshot collect() {
        GaugeSnapshot.Builder snapshot = GaugeSnapshot.builder()
                .name(RunnerMetrics.PREFIX + "health")
                .help("1 for the status of each component of health");
        components.forEach((component, indicator) -> {
            String now = Objects.requireNonNull(indicator.health()).getStatus().getCode();
            for (String status : STATUSES) {
                snapshot.dataPoint(GaugeDataPointSnapshot.builder()
                        .labels(Labels.of("component", component, "status", status.toLowerCase(Locale.ROOT)))
                        .value(status.equals(now) ? 1 : 0)
                        .build());
            }
        });
        return snapshot.build();
    }
}
