package dev.secretproviders.benchmarks.campaign;

import dev.secretproviders.benchmarks.statistics.Spread;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The measurements of one table, in the order in which they were made. Not thread-safe. */
public final class Results {
    private final Plan plan;
    private final Map<Row, Map<Metric, List<Double>>> measured = new HashMap<>();

    Results(Plan plan) {
        this.plan = plan;
    }

    /** Returns the table's plan. */
    public Plan plan() {
        return plan;
    }

    void add(Row row, Metric metric, double value) {
        measured.computeIfAbsent(row, _ -> new EnumMap<>(Metric.class))
                .computeIfAbsent(metric, _ -> new ArrayList<>())
                .add(value);
    }

    /** Returns the measurements of a row. */
    public Spread spread(Row row, Metric metric) {
        return Spread.of(values(row, metric));
    }

    /** Returns the ratio of two rows, by pairs of measurements of the same round. */
    public Spread ratio(Row row, Row base, Metric metric) {
        return Spread.ofRatios(values(row, metric), values(base, metric));
    }

    /** Returns by how much a row exceeds another, by pairs of measurements of the same round. */
    public Spread difference(Row row, Row base, Metric metric) {
        return Spread.ofDifferences(values(row, metric), values(base, metric));
    }

    private List<Double> values(Row row, Metric metric) {
        return Objects.requireNonNull(Objects.requireNonNull(measured.get(row)).get(metric));
    }
}
