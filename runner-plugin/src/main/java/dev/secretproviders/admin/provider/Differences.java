package dev.secretproviders.admin.provider;

import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.Schema;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The fields in which two versions of an object differ. Sections are taken apart, lists are compared as a whole. */
final class Differences {
    static final Schema SCHEMA = Schema.object()
            .required("field", Schema.text(), "The path of the field, such as tls.verify.")
            .required("before", Schema.any(), "Its value before; null if it was absent.")
            .required("after", Schema.any(), "Its value after; null if it is absent.")
            .named("FieldDifference");

    private Differences() {}

    /** Returns the differing fields, by path. Either object may be missing. */
    static ArrayNode between(JsonNode before, JsonNode after) {
        TreeMap<String, JsonNode> old = new TreeMap<>();
        TreeMap<String, JsonNode> now = new TreeMap<>();
        flatten("", before, old);
        flatten("", after, now);
        SortedSet<String> fields = new TreeSet<>(old.keySet());
        fields.addAll(now.keySet());
        ArrayNode differences = Json.array();
        for (String field : fields) {
            JsonNode from = old.get(field);
            JsonNode to = now.get(field);
            if (from == null || !from.equals(to)) {
                ObjectNode difference = differences.addObject().put("field", field);
                difference.set("before", from);
                difference.set("after", to);
            }
        }
        return differences;
    }

    private static void flatten(String path, JsonNode node, TreeMap<String, JsonNode> into) {
        if (node instanceof ObjectNode object) {
            object.forEachEntry((name, value) -> flatten(path.isEmpty() ? name : path + "." + name, value, into));
        } else if (!path.isEmpty() && !node.isNull() && !node.isMissingNode()) {
            into.put(path, node);
        }
    }
}
