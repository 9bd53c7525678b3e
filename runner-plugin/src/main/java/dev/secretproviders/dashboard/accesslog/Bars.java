package dev.secretproviders.dashboard.accesslog;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A chart of stacked bars, one for each step of time, as numbers for SVG. It has the width {@value #WIDTH} and the height
 * {@value #HEIGHT}.
 *
 * @param parts the rectangles that are not empty
 * @param highest the number that the full height stands for
 * @param words what the chart shows, for readers who do not see it
 */
record Bars(List<Part> parts, long highest, String words) {
    static final int WIDTH = 960;
    static final int HEIGHT = 120;
    /** More bars than this would be thinner than a pixel on a small screen. */
    static final int MOST = 168;

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm").withZone(ZoneOffset.UTC);
    private static final double GAP = 0.2;
    /** The least height at which a number that is not zero can be seen. */
    private static final double LEAST = 2;

    /**
     * A kind of numbers.
     *
     * @param kind the class of its rectangles
     * @param word what it counts, such as {@code uses}
     * @param numbers one for each step
     */
    record Series(String kind, String word, List<Long> numbers) {
        long sum() {
            return numbers.stream().mapToLong(Long::longValue).sum();
        }
    }

    /**
     * A rectangle.
     *
     * @param title its time and its number in words
     */
    record Part(String kind, String x, String y, String width, String height, String title) {}

    /**
     * Draws series on top of each other.
     *
     * @param start the time of the first step
     * @param hours the hours of a step
     */
    static Bars of(List<Series> series, Instant start, int hours, String about) {
        int steps = series.getFirst().numbers().size();
        long highest = 1;
        for (int step = 0; step < steps; step++) {
            int at = step;
            highest = Math.max(
                    highest,
                    series.stream().mapToLong(one -> one.numbers().get(at)).sum());
        }
        double wide = (double) WIDTH / steps;
        List<Part> parts = new ArrayList<>();
        for (int step = 0; step < steps; step++) {
            double bottom = HEIGHT;
            for (Series one : series) {
                long number = one.numbers().get(step);
                if (number > 0) {
                    double height = Math.min(bottom, Math.max(LEAST, (double) number / highest * HEIGHT));
                    bottom -= height;
                    Instant time = start.plusSeconds(3_600L * hours * step);
                    parts.add(new Part(
                            one.kind(),
                            text(wide * (step + GAP / 2)),
                            text(bottom),
                            text(wide * (1 - GAP)),
                            text(height),
                            TIME.format(time) + " UTC: " + number + " " + one.word()));
                }
            }
        }
        List<String> sums =
                series.stream().map(one -> one.sum() + " " + one.word()).toList();
        return new Bars(parts, highest, about + ": " + String.join(", ", sums));
    }

    private static String text(double number) {
        return String.format(Locale.ROOT, "%.2f", number);
    }

    /** Returns whether there is nothing to draw. */
    public boolean empty() {
        return parts.isEmpty();
    }
}
