package dev.secretproviders.app.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** How a command prints what it lists. */
enum Output {
    TABLE,
    JSON;

    private static final int WIDEST = 60;

    /**
     * Prints objects.
     *
     * @param columns the fields to print in a table; JSON has all
     */
    void print(PrintWriter out, JsonNode list, List<String> columns) {
        if (this == JSON) {
            out.println(JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(list));
        } else {
            table(columns, list.valueStream().map(item -> row(item, columns)).toList())
                    .forEach(out::println);
        }
        out.flush();
    }

    private static List<String> row(JsonNode item, List<String> columns) {
        return columns.stream().map(column -> text(item.at("/" + column))).toList();
    }

    private static String text(JsonNode value) {
        if (value.isMissingNode() || value.isNull()) {
            return "-";
        }
        String text = value.isArray()
                ? String.join(",", value.valueStream().map(Output::text).toList())
                : value.isValueNode() ? value.asString() : value.toString();
        String plain = plain(text);
        return plain.isEmpty() ? "-" : plain.length() > WIDEST ? plain.substring(0, WIDEST - 3) + "..." : plain;
    }

    /** Returns a text from outside without what would move the cursor of a terminal or turn the direction of writing. */
    static String plain(String text) {
        return text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", "?");
    }

    static List<String> table(List<String> columns, List<List<String>> rows) {
        List<List<String>> all = new ArrayList<>();
        all.add(columns.stream()
                .map(column -> column.substring(column.lastIndexOf('/') + 1)
                        .toUpperCase(Locale.ROOT)
                        .replace('_', ' '))
                .toList());
        all.addAll(rows);
        List<Integer> widths = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            int column = i;
            widths.add(
                    all.stream().mapToInt(row -> row.get(column).length()).max().orElse(0));
        }
        return all.stream().map(row -> line(row, widths)).toList();
    }

    private static String line(List<String> row, List<Integer> widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < row.size(); i++) {
            line.append(row.get(i)).repeat(' ', widths.get(i) - row.get(i).length() + 2);
        }
        return line.toString().stripTrailing();
    }
}
