package dev.secretproviders.dashboard.audit;

import dev.secretproviders.dashboard.page.Item;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One field before and after a change. Secrets are masked in the record already.
 *
 * @param field the path of the field, such as {@code auth.method}
 * @param before its value before, or null if it was not there
 * @param after its value after, or null if it is not there
 */
record Difference(
        String field, @Nullable String before, @Nullable String after) {
    private static final int MOST = 1_000;

    /** Returns {@code added}, {@code removed}, {@code changed} or {@code same}. */
    public String kind() {
        if (before == null) {
            return "added";
        }
        if (after == null) {
            return "removed";
        }
        return before.equals(after) ? "same" : "changed";
    }

    /** Returns the fields of both objects, in their order, those that changed first. */
    static List<Difference> between(Item before, Item after) {
        Map<String, String> old = fields(before);
        Map<String, String> now = fields(after);
        Set<String> names = new LinkedHashSet<>(now.keySet());
        names.addAll(old.keySet());
        List<Difference> changed = new ArrayList<>();
        List<Difference> same = new ArrayList<>();
        for (String name : names) {
            Difference difference = new Difference(name, old.get(name), now.get(name));
            (difference.kind().equals("same") ? same : changed).add(difference);
        }
        changed.addAll(same);
        return changed;
    }

    private static Map<String, String> fields(Item object) {
        Map<String, String> fields = new LinkedHashMap<>();
        add("", object.node(), fields);
        return fields;
    }

    private static void add(String name, JsonNode value, Map<String, String> fields) {
        if (fields.size() >= MOST) {
            return;
        }
        if (value.isObject() && !value.isEmpty()) {
            value.forEachEntry((field, inner) -> add(name.isEmpty() ? field : name + "." + field, inner, fields));
        } else if (value.isArray() && !value.isEmpty()) {
            int index = 0;
            for (JsonNode element : value) {
                add(name + "[" + index++ + "]", element, fields);
            }
        } else if (!value.isMissingNode() && !name.isEmpty()) {
            fields.put(name, new Item(value).text());
        }
    }
}
