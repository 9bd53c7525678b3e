package dev.secretproviders.benchmarks.report;

import dev.secretproviders.benchmarks.statistics.Spread;
import java.util.List;
import java.util.Locale;

/**
 * A goal for a figure.
 *
 * @param figure the description
 * @param atLeast whether more is better
 * @param goal the bound
 */
public record Target(String figure, boolean atLeast, double goal, Spread measured) {
    /** Returns a goal with a lower bound. */
    public static Target atLeast(String figure, double goal, Spread measured) {
        return new Target(figure, true, goal, measured);
    }

    /** Returns a goal with an upper bound. */
    public static Target atMost(String figure, double goal, Spread measured) {
        return new Target(figure, false, goal, measured);
    }

    /** Returns whether the median meets the goal. */
    public boolean reached() {
        return atLeast ? measured.median() >= goal : measured.median() <= goal;
    }

    /** Returns the bound as text. */
    public String goalText() {
        return (atLeast ? "≥ " : "≤ ") + goal;
    }

    /** Returns a table that shows for each goal whether it was met. */
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
