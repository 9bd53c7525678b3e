package dev.secretproviders.dashboard.secret;

import dev.secretproviders.admin.rest.Json;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * A field of a secret in a form. Its value is never sent back to the browser.
 *
 * @param number its place in the form
 * @param name its name
 * @param kept whether the current version has it, so that an empty value leaves it as it is
 */
record FieldRow(int number, String name, boolean kept) {
    private static final int EMPTY_ROWS = 3;
    private static final int MOST = 64;

    /** Returns rows for the fields that a secret has, and some empty ones. */
    static List<FieldRow> of(List<String> fields) {
        List<FieldRow> rows = new ArrayList<>();
        fields.forEach(name -> rows.add(new FieldRow(rows.size(), name, true)));
        int empty = Math.min(EMPTY_ROWS, MOST - rows.size());
        for (int i = 0; i < empty; i++) {
            rows.add(new FieldRow(rows.size(), fields.isEmpty() && i == 0 ? "key" : "", false));
        }
        return List.copyOf(rows);
    }

    /** Returns the rows that a request sent, without their values. */
    static List<FieldRow> sent(HttpServletRequest request) {
        List<FieldRow> rows = new ArrayList<>();
        for (int i = 0; i < MOST && request.getParameter("name." + i) != null; i++) {
            rows.add(new FieldRow(i, text(request, "name." + i), request.getParameter("kept." + i) != null));
        }
        return rows.isEmpty() ? of(List.of()) : List.copyOf(rows);
    }

    /** Returns the fields that a request writes or removes, for the body of a call. */
    static ObjectNode fields(HttpServletRequest request) {
        ObjectNode fields = Json.object();
        for (FieldRow row : sent(request)) {
            // Not stripped: the value may begin with a space.
            String value = request.getParameter("value." + row.number);
            if (row.name.isEmpty()) {
                continue;
            }
            if (row.kept && request.getParameter("removed." + row.number) != null) {
                fields.putNull(row.name);
            } else if (value != null && !value.isEmpty()) {
                fields.put(row.name, value);
            }
        }
        return fields;
    }

    /** Returns whether some row has a value without a name, which would be lost. */
    static boolean nameless(HttpServletRequest request) {
        return sent(request).stream()
                .anyMatch(row -> row.name.isEmpty()
                        && !text(request, "value." + row.number).isEmpty());
    }

    private static String text(HttpServletRequest request, String name) {
        String text = request.getParameter(name);
        return text == null ? "" : text.strip();
    }
}
