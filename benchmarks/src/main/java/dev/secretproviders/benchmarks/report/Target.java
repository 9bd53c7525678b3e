package dev.secretproviders.benchmarks.report;

import dev.secretproviders.benchmarks.statistics.Spread;
import java.util.List;
import java.util.Locale;

/**
 * A figure that is to be reached.
 *
 * @param figure in words
 * @param atLeast whether more is better
 * @param goal the bound
 */
public record Target(String figure, boolean atLeast, double goal, Spread measured) {
    /** A figure of which more is better. */
    public static Target atLeast(String figure, double goal, Spread measured) {
        return new Target(figure, true, goal, measured);
    }

    /** A figure of which less is better. */
    public static Target atMost(String figure, double goal, Spread measured) {
        return new Target(figure, false, goal, measured);
    }

    /** Returns whether the median reaches it. */
    public boolean reached() {
        return atLeast ? measured.median() >= goal : measured.median() <= goal;
    }

    /** Returns the bound in words. */
    public String goalText() {
        return (atLeast ? "≥ " : "≤ ") + goal;
    }

    /** Returns a table that says of each whether it was reached. */
    public static MarkdownTable table(List<Target> targets) {
        MarkdownTable table = new MarkdownTable(List.of("figure", "to reach", "measured", ""));
        for (Target target : targets) {
            table.row(List.of(
                    target.figure,
                    target.goalText(),
                    String.format(Locale.ROOT, "%.2f", target.measured.median()),
                    target.reached() ? "reached" : "**missed**"));
        }
        return table;
    }
}
