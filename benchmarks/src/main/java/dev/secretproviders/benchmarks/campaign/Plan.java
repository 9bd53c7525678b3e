package dev.secretproviders.benchmarks.campaign;

import java.util.List;

/**
 * One table.
 *
 * @param id its name in results
 * @param title its heading
 * @param rows measured in turn, so that other load of the machine affects all alike
 */
public record Plan(String id, String title, List<Row> rows) {
    /** Copies the list. */
    public Plan {
        rows = List.copyOf(rows);
    }
}
