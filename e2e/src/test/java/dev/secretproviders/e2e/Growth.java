package dev.secretproviders.e2e;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Decides whether a figure grew over a run. Both criteria must agree, since each has a weakness. The medians of the
 * first and the last third are misled by a single step. The slope, as the median of the slopes of all pairs after Theil
 * and Sen, is misled by a swing that begins low and ends high. Outliers affect neither.
 *
 * @param what the name of the figure
 * @param before median of the first third
 * @param after median of the last third
 * @param trend the growth over the whole time according to the slope
 * @param allowed growth that still counts as none
 */
record Growth(String what, double before, double after, double trend, double allowed) {
    private static final int FEWEST_SAMPLES = 6;

    /**
     * Judges samples in the order of their times, without those of the warm-up.
     *
     * @param allowed growth that still counts as none: the usual variation of the figure
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

    /** Returns one line of a report. */
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
