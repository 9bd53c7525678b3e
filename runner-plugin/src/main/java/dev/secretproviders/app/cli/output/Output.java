package dev.secretproviders.app.cli.output;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLWriteFeature;

/** The formats of a command's output. */
public enum Output {
    TABLE,
    JSON,
    YAML;

    private static final int WIDEST = 60;

    /**
     * Prints objects.
     *
     * @param columns the fields to print in a table; the other formats have all
     */
    public void print(PrintWriter out, JsonNode list, List<String> columns) {
        if (this == TABLE) {
            table(columns, list.valueStream().map(item -> row(item, columns)).toList())
                    .forEach(out::println);
            out.flush();
        } else {
            print(out, list);
        }
    }

    /** Prints a tree as YAML if that is the format, otherwise as JSON. */
    public void print(PrintWriter out, JsonNode tree) {
        if (this == YAML) {
            out.print(yaml(tree));
        } else {
            out.println(JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(tree));
        }
        out.flush();
    }

    /** Returns a tree as YAML, with quotes where YAML needs them. */
    public static String yaml(JsonNode tree) {
        return YAMLMapper.builder()
                .disable(YAMLWriteFeature.WRITE_DOC_START_MARKER)
                .disable(YAMLWriteFeature.SPLIT_LINES)
                .enable(YAMLWriteFeature.MINIMIZE_QUOTES)
                .enable(YAMLWriteFeature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
                .build()
                .writeValueAsString(tree);
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

    /** Returns an untrusted text without characters that control a terminal or change the text direction. */
    public static String plain(String text) {
        return text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", "?");
    }

    /** Returns the lines of a table. The heading of a column is the last part of its name. */
    public static List<String> table(List<String> columns, List<List<String>> rows) {
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
