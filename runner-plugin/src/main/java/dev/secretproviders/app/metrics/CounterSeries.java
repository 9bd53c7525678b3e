package dev.secretproviders.app.metrics;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;

/** A counter of the runner at one scrape: a count for each set of labels. */
final class CounterSeries {
    private final CounterSnapshot.Builder snapshot;

    /** Begins a counter. The prefix of the runner's metrics comes before its name. */
    CounterSeries(String name, String help) {
        this.snapshot =
                CounterSnapshot.builder().name(RunnerMetrics.PREFIX + name).help(help);
    }

    /** Returns a counter of one count. */
    static CounterSnapshot of(String name, String help, long count) {
        return new CounterSeries(name, help).add(count).build();
    }

    /**
     * Adds a count.
     *
     * @param labels the names and values of the labels in turn
     */
    CounterSeries add(long count, String... labels) {
        snapshot.dataPoint(CounterDataPointSnapshot.builder()
                .labels(Labels.of(labels))
                .value((double) count)
                .build());
        return this;
    }

    /** Adds a count with the label {@code event}. */
    CounterSeries event(String event, long count) {
        return add(count, "event", event);
    }

    CounterSnapshot build() {
        return snapshot.build();
    }
}
