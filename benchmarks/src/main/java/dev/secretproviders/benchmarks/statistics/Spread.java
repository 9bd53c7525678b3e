package dev.secretproviders.benchmarks.statistics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * Summary of several measurements: the median and the quartiles.
 *
 * @param median the second quartile
 * @param low the first quartile
 * @param high the third quartile
 * @param count the number of measurements
 */
public record Spread(double median, double low, double high, int count) {
    private static final double QUARTER = 0.25;

    /**
     * Summarizes measurements.
     *
     * @throws IllegalArgumentException if there are none, or one is NaN
     */
    public static Spread of(Collection<Double> measurements) {
        double[] sorted =
                measurements.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        if (sorted.length == 0 || Arrays.stream(sorted).anyMatch(Double::isNaN)) {
            throw new IllegalArgumentException("nothing was measured");
        }
        return new Spread(
                quantile(sorted, 2 * QUARTER), quantile(sorted, QUARTER), quantile(sorted, 1 - QUARTER), sorted.length);
    }

    /**
     * Summarizes the ratios of paired measurements.
     *
     * @param under as many as {@code over}, in the same order
     */
    public static Spread ofRatios(List<Double> over, List<Double> under) {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < over.size(); i++) {
            ratios.add(over.get(i) / under.get(i));
        }
        return of(ratios);
    }

    /**
     * Summarizes the differences of paired measurements.
     *
     * @param less as many as {@code of}, in the same order
     */
    public static Spread ofDifferences(List<Double> of, List<Double> less) {
        List<Double> differences = new ArrayList<>();
        for (int i = 0; i < of.size(); i++) {
            differences.add(of.get(i) - less.get(i));
        }
        return of(differences);
    }

    /** Returns half of the interquartile range. */
    public double half() {
        return (high - low) / 2;
    }

    /** Returns a quantile, interpolated linearly (definition 7 of Hyndman and Fan). */
    private static double quantile(double[] sorted, double share) {
        double place = share * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
