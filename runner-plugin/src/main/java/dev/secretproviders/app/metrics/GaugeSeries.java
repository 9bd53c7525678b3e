package dev.secretproviders.app.metrics;

import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;

/** A gauge of the runner at one scrape: a value for each set of labels. */
final class GaugeSeries {
    private final GaugeSnapshot.Builder snapshot;

    /** Begins a gauge. The prefix of the runner's metrics comes before its name. */
    GaugeSeries(String name, String help) {
        this.snapshot =
                GaugeSnapshot.builder().name(RunnerMetrics.PREFIX + name).help(help);
    }

    /** Returns a gauge of one value. */
    static GaugeSnapshot of(String name, String help, double value) {
        return new GaugeSeries(name, help).add(value).build();
    }

    /**
     * Adds a value.
     *
     * @param labels the names and values of the labels in turn
     */
    GaugeSeries add(double value, String... labels) {
        snapshot.dataPoint(GaugeDataPointSnapshot.builder()
                .labels(Labels.of(labels))
                .value(value)
                .build());
        return this;
    }

    GaugeSnapshot build() {
        return snapshot.build();
    }
}
