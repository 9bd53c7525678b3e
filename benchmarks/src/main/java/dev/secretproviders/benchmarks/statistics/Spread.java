package dev.secretproviders.benchmarks.statistics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * What several measurements of one thing say together: the one in the middle, and how far the middle half of them reaches.
 *
 * @param median half of the measurements are not above it
 * @param low the first quartile
 * @param high the third quartile
 * @param count how many measurements there were
 */
public record Spread(double median, double low, double high, int count) {
    private static final double QUARTER = 0.25;

    /**
     * Summarizes measurements.
     *
     * @throws IllegalArgumentException if there is none, or one is not a number
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
     * Summarizes the ratios of measurements that were made together.
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

    /** Half the distance between the quartiles. */
    public double half() {
        return (high - low) / 2;
    }

    /** Between two neighbours it is in proportion (definition 7 of Hyndman and Fan). */
    private static double quantile(double[] sorted, double share) {
        double place = share * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
