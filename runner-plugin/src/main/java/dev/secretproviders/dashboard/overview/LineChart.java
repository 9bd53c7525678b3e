package dev.secretproviders.dashboard.overview;

import dev.secretproviders.dashboard.page.Item;
import dev.secretproviders.dashboard.page.Points;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/**
 * Requests by outcome as lines, in a picture of {@value #WIDTH} times {@value #HEIGHT}. The newest sample is at the right
 * edge. Immutable.
 *
 * @param lines the outcomes that occurred
 * @param top the value of the upper edge, per minute
 * @param start the left edge in words
 * @param middle the middle in words
 * @param words what the picture shows, for those who do not see it
 */
public record LineChart(List<Line> lines, long top, String start, String middle, String words) {
    static final int WIDTH = 1_000;
    static final int HEIGHT = 200;
    /** The fewest points of a picture: the rest of a young history is empty. */
    private static final int HOUR = 60;

    private static final int HALF_DAY = 144;
    private static final int PER_MINUTE = 6;
    private static final int MINUTES = 5;

    /** The outcomes, each with the reasons that belong to it and the kind of its line. */
    private static final List<Group> GROUPS = List.of(
            new Group("Accepted", "good", List.of("accepted")),
            new Group("Accepted with a previous key", "warn", List.of("accepted_previous")),
            new Group("Anonymous", "off", List.of("anonymous")),
            new Group(
                    "Refused",
                    "bad",
                    List.of(
                            "missing_key",
                            "invalid_key",
                            "ambiguous_key",
                            "expired",
                            "not_yet_valid",
                            "disabled",
                            "no_anonymous_consumer",
                            "replayed",
                            "body_too_large")),
            new Group(
                    "Unavailable (503)",
                    "bad dashed",
                    List.of(
                            "unresolved",
                            "too_many_signatures",
                            "inject_unresolved",
                            "inject_forbidden",
                            "inject_illegal",
                            "inject_no_consumer")),
            new Group("Sent with secrets", "off dashed", List.of("injected")));

    private record Group(String name, String kind, List<String> reasons) {}

    /**
     * One outcome.
     *
     * @param kind the class of the line: colour and dashes
     * @param points as SVG takes them
     * @param total how many requests there were
     */
    public record Line(String name, String kind, String points, long total) {}

    /** Draws the history of an hour or of half a day, as the Admin API shows it. */
    static LineChart of(Item history, boolean hour) {
        int points = hour ? HOUR : HALF_DAY;
        int samples = hour ? PER_MINUTE : MINUTES;
        double minutes = hour ? 1 : MINUTES;
        List<double[]> values = new ArrayList<>();
        List<Group> occurred = new ArrayList<>();
        List<Long> totals = new ArrayList<>();
        double most = 0;
        for (Group group : GROUPS) {
            long[] sums = sums(history, group.reasons());
            double[] rates = perMinute(sums, points, samples, minutes);
            long total = 0;
            for (long sum : sums) {
                total += sum;
            }
            if (total > 0 || group.name().equals("Accepted")) {
                values.add(rates);
                occurred.add(group);
                totals.add(total);
            }
            for (double rate : rates) {
                most = Math.max(most, rate);
            }
        }
        long top = roundedUp(most);
        List<Line> lines = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            Group group = occurred.get(i);
            lines.add(new Line(group.name(), group.kind(), points(values.get(i), points, top), totals.get(i)));
        }
        String span = hour ? "the last hour" : "the last twelve hours";
        return new LineChart(
                List.copyOf(lines),
                top,
                hour ? "1 hour ago" : "12 hours ago",
                hour ? "30 minutes" : "6 hours",
                words(lines, span, most));
    }

    private static long[] sums(Item history, List<String> reasons) {
        long[] sums = new long[(int) history.whole("samples")];
        for (String reason : reasons) {
            JsonNode values = history.at("decisions." + reason).node();
            for (int i = 0; i < Math.min(sums.length, values.size()); i++) {
                sums[i] += values.path(i).asLong(0);
            }
        }
        return sums;
    }

    /** Joins samples from the newest one on, so that the last point is a whole one. */
    private static double[] perMinute(long[] sums, int most, int samples, double minutes) {
        int count = Math.min(most, (sums.length + samples - 1) / samples);
        double[] rates = new double[count];
        for (int i = 0; i < count; i++) {
            int end = sums.length - i * samples;
            long sum = 0;
            for (int j = Math.max(0, end - samples); j < end; j++) {
                sum += sums[j];
            }
            rates[count - 1 - i] = sum / minutes;
        }
        return rates;
    }

    private static String points(double[] rates, int most, long top) {
        Points points = new Points();
        double step = (double) WIDTH / (most - 1);
        for (int i = 0; i < rates.length; i++) {
            points.add(Math.max(0, WIDTH - (rates.length - 1 - i) * step), HEIGHT - rates[i] * HEIGHT / top);
        }
        return points.toString();
    }

    /** Returns the next number of the form 1, 2 or 5 times a power of ten, at least 10. */
    static long roundedUp(double most) {
        long power = 10;
        while (true) {
            for (long step : new long[] {1, 2, 5}) {
                if (step * power >= most) {
                    return step * power;
                }
            }
            power *= 10;
        }
    }

    private static String words(List<Line> lines, String span, double most) {
        List<String> parts = new ArrayList<>();
        lines.forEach(line -> parts.add(line.name().toLowerCase(Locale.ROOT) + " " + number(line.total())));
        return "Requests in " + span + ": " + String.join(", ", parts) + ". At most " + number(Math.round(most))
                + " a minute of one outcome.";
    }

    /** Returns a number with commas. */
    public static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** Returns whether there is nothing to draw yet. */
    public boolean empty() {
        return lines.stream().allMatch(line -> line.points().isEmpty());
    }
}
