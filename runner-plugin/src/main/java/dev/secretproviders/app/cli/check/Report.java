package dev.secretproviders.app.cli.check;

import dev.secretproviders.app.cli.check.Item.Status;
import dev.secretproviders.app.cli.output.Output;
import dev.secretproviders.app.cli.output.Paint;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The report of a check, for people and as a tree. It holds no secret.
 *
 * @param fetched whether managers were asked
 */
record Report(List<Item> items, boolean fetched) {
    Report {
        items = List.copyOf(items);
    }

    long count(Status status) {
        return items.stream().filter(item -> item.status() == status).count();
    }

    /** Returns whether nothing is wrong. */
    boolean well() {
        return count(Status.ERROR) == 0;
    }

    /** Prints what is wrong or should be looked at, as compilers do, and a summary. */
    void print(PrintWriter out, Paint paint) {
        for (Item item : items) {
            String word = switch (item.status()) {
                case OK -> "";
                case ERROR -> paint.bad("error");
                case WARNING -> paint.attention("warning");
                case UNCHECKED -> "note";
            };
            if (!word.isEmpty()) {
                out.println(Output.plain(item.place().position()) + ": " + word + ": " + Output.plain(text(item)));
            }
        }
        out.println(summary());
        out.flush();
    }

    /** Returns what a line says, without its place in the file. */
    static String text(Item item) {
        return item.place().object() + ", " + item.place().field() + ": "
                + (item.references().isEmpty() ? "" : item.references() + ": ") + item.message();
    }

    /** Returns the summary. */
    String summary() {
        long warnings = count(Status.WARNING);
        long unchecked = count(Status.UNCHECKED);
        return (fetched ? "resolved: " : "right as written: ") + count(Status.OK) + ", errors: " + count(Status.ERROR)
                + (warnings == 0 ? "" : ", warnings: " + warnings)
                + (unchecked == 0 ? "" : ", not checked: " + unchecked);
    }

    /** Returns the lines by file, in the order of the names. */
    Map<String, List<Item>> bySource() {
        return items.stream()
                .collect(Collectors.groupingBy(
                        item -> item.place().source(), TreeMap::new, Collectors.toUnmodifiableList()));
    }

    /** Returns the report as a tree. */
    ObjectNode tree() {
        ObjectNode tree = JsonMapper.shared().createObjectNode();
        for (Status status : List.of(Status.OK, Status.ERROR, Status.WARNING, Status.UNCHECKED)) {
            tree.withObject("/summary").put(status.toString(), count(status));
        }
        ArrayNode list = tree.putArray("results");
        for (Item item : items) {
            ObjectNode node = list.addObject()
                    .put("status", item.status().toString())
                    .put("file", item.place().source());
            if (item.place().line() > 0) {
                node.put("line", item.place().line());
            }
            node.put("object", item.place().object()).put("field", item.place().field());
            if (!item.references().isEmpty()) {
                node.put("reference", item.references());
            }
            if (!item.message().isEmpty()) {
                node.put("message", item.message());
            }
        }
        return tree;
    }
}
