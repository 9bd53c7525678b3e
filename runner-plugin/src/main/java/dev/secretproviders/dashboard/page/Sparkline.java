package dev.secretproviders.dashboard.page;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The latency of a provider as a small line, for the fragment {@code sparkline}. Immutable.
 *
 * @param points as SVG takes them, in a picture of 100 times 24; empty if there is nothing to draw
 * @param words what the line shows
 */
public record Sparkline(String points, String words) {
    private static final double WIDTH = 100;
    private static final double HEIGHT = 22;
    private static final int MOST_POINTS = 60;
    private static final double MICROS = 1_000;

    /**
     * Draws the mean latency of calls.
     *
     * @param history a provider of {@code GET /admin/history/providers}; minutes without a call are left out
     */
    public static Sparkline latency(Item history) {
        long[] means = history.at("latency_mean_us")
                .node()
                .valueStream()
                .mapToLong(mean -> mean.asLong(0))
                .toArray();
        List<Integer> called = IntStream.range(0, means.length)
                .filter(i -> means[i] > 0)
                .boxed()
                .toList();
        if (called.size() < 2) {
            return new Sparkline("", "");
        }
        List<Integer> last = called.subList(Math.max(0, called.size() - MOST_POINTS), called.size());
        long most = last.stream().mapToLong(i -> means[i]).max().orElse(1);
        int first = last.getFirst();
        double step = WIDTH / Math.max(1, means.length - 1 - first);
        Points points = new Points();
        for (int i : last) {
            points.add((i - first) * step, 1 + HEIGHT - means[i] * HEIGHT / most);
        }
        return new Sparkline(
                points.toString(),
                String.format(
                        Locale.ROOT,
                        "Mean latency by minute: at most %.1f ms, last %.1f ms",
                        most / MICROS,
                        means[last.getLast()] / MICROS));
    }
}
