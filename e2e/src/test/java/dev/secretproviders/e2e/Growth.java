package dev.secretproviders.e2e;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Whether a figure grew over a run. Two things must say so, since each alone is misled by something: the medians of the first
 * and the last third (by a single step), and the slope of the line through all samples, as the median of the slopes of all
 * pairs after Theil and Sen (by a swing that begins low and ends high). Neither is moved by outliers.
 *
 * @param what is measured
 * @param before median of the first third
 * @param after median of the last third
 * @param trend what the slope makes of the whole time
 * @param allowed growth that still counts as none
 */
record Growth(String what, double before, double after, double trend, double allowed) {
    private static final int FEWEST_SAMPLES = 6;

    /**
     * Judges samples in the order of their times, without those of the warm-up.
     *
     * @param allowed growth that still counts as none: what the figure may swing by
     */
    static Growth of(String what, List<Double> times, List<Double> values, double allowed) {
        int count = values.size();
        if (count < FEWEST_SAMPLES || times.size() != count) {
            throw new IllegalArgumentException(count + " samples of " + what + " say nothing");
        }
        double span = times.getLast() - times.getFirst();
        return new Growth(
                what,
                median(values.subList(0, count / 3)),
                median(values.subList(count - count / 3, count)),
                slope(times, values) * span,
                allowed);
    }

    boolean grew() {
        return Math.min(after - before, trend) > allowed;
    }

    private static double slope(List<Double> times, List<Double> values) {
        int count = values.size();
        double[] slopes = new double[count * (count - 1) / 2];
        int next = 0;
        for (int i = 0; i < count; i++) {
            for (int j = i + 1; j < count; j++) {
                slopes[next++] = (values.get(j) - values.get(i)) / (times.get(j) - times.get(i));
            }
        }
        return median(slopes);
    }

    static double median(List<Double> values) {
        return median(values.stream().mapToDouble(Double::doubleValue).toArray());
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** One line of a report. */
    String line() {
        return String.format(
                Locale.ROOT,
                "%-24s %8.1f -> %8.1f, trend %+8.2f, allowed %+8.2f%s",
                what,
                before,
                after,
                trend,
                allowed,
                grew() ? "  GREW" : "");
    }
}
