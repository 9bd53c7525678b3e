package dev.secretproviders.benchmarks.report;

import dev.secretproviders.benchmarks.statistics.Spread;
import java.util.ArrayList;
import java.util.List;

/** A table in Markdown. Mutable; not thread-safe. */
public final class MarkdownTable {
    private final List<String> lines = new ArrayList<>();
    private final int columns;

    /** Creates a table with a heading over each column; the first holds text, the others numbers. */
    public MarkdownTable(List<String> headings) {
        columns = headings.size();
        row(headings);
        lines.add("| --- |" + " ---: |".repeat(columns - 1));
    }

    /**
     * Adds a line of ready cells.
     *
     * @throws IllegalArgumentException if the number of cells is not that of the columns
     */
    public MarkdownTable row(List<String> cells) {
        if (cells.size() != columns) {
            throw new IllegalArgumentException(cells.size() + " cells for " + columns + " columns");
        }
        lines.add("| " + String.join(" | ", cells) + " |");
        return this;
    }

    /** Adds a line of figures. */
    public MarkdownTable row(String name, List<Spread> figures) {
        List<String> cells = new ArrayList<>(List.of(name));
        figures.forEach(figure -> cells.add(Numbers.of(figure)));
        return row(cells);
    }

    @Override
    public String toString() {
        return String.join("\n", lines) + "\n";
    }
}
