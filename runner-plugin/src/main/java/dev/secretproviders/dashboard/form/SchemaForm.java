package dev.secretproviders.dashboard.form;

import dev.secretproviders.dashboard.form.FormField.About;
import dev.secretproviders.dashboard.form.FormField.Kind;
import dev.secretproviders.dashboard.form.FormField.Only;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A form for an object, made from its JSON schema. A new secret manager therefore needs no page of its own. Immutable.
 *
 * @param fields the fields, those for the usual case first
 * @param others the problems that belong to no field
 */
public record SchemaForm(List<FormField> fields, List<String> others) {
    /** What a secret that is stored is shown as. */
    static final String MASK = "***";

    private static final int EMPTY_ROWS = 1;

    /**
     * Makes a form.
     *
     * @param schema of the object, as {@code GET /admin/schemas/{manager}} answers
     * @param value the object as it is now, with masked secrets; an empty object for a new one
     * @param problems what is wrong, each with the path of its field and a colon
     */
    public static SchemaForm of(JsonNode schema, JsonNode value, List<String> problems) {
        Set<String> left = new LinkedHashSet<>(problems);
        List<FormField> fields = new Making(left).fields("", schema, value);
        return new SchemaForm(fields, List.copyOf(left));
    }

    /** Returns whether something is wrong. */
    public boolean failed() {
        return !others.isEmpty() || fields.stream().anyMatch(SchemaForm::failed);
    }

    private static boolean failed(FormField field) {
        return field.problem() != null
                || field.fields().stream().anyMatch(SchemaForm::failed)
                || field.rows().stream().flatMap(List::stream).anyMatch(SchemaForm::failed);
    }

    /** Returns how a field of a schema is written. */
    static Kind kind(JsonNode schema) {
        return switch (schema.path("type").asString("")) {
            case "integer", "number" -> Kind.NUMBER;
            case "boolean" -> Kind.FLAG;
            case "array" -> schema.path("items").path("type").asString("").equals("object") ? Kind.LIST : Kind.TEXTS;
            case "object" -> schema.path("properties").isEmpty() ? Kind.MAP : Kind.SECTION;
            default ->
                schema.path("writeOnly").asBoolean(false) ? Kind.SECRET : schema.has("enum") ? Kind.CHOICE : Kind.TEXT;
        };
    }

    /**
     * One making of a form.
     *
     * @param left the problems that no field has yet
     */
    private record Making(Set<String> left) {
        List<FormField> fields(String above, JsonNode schema, JsonNode value) {
            Set<String> required = schema.path("required")
                    .valueStream()
                    .map(JsonNode::asString)
                    .collect(Collectors.toSet());
            List<FormField> fields = new ArrayList<>();
            for (Map.Entry<String, JsonNode> property :
                    schema.path("properties").properties()) {
                if (!property.getValue().path("readOnly").asBoolean(false)) {
                    String path = above.isEmpty() ? property.getKey() : above + "." + property.getKey();
                    Only only = only(above, property.getKey(), schema.path("allOf"));
                    fields.add(field(
                            path,
                            property.getValue(),
                            value.path(property.getKey()),
                            required.contains(property.getKey()),
                            only));
                }
            }
            return List.copyOf(fields);
        }

        private FormField field(String path, JsonNode schema, JsonNode value, boolean required, @Nullable Only only) {
            Kind kind = kind(schema);
            List<FormField> below = kind == Kind.SECTION ? fields(path, schema, value) : List.of();
            List<List<FormField>> rows = new ArrayList<>();
            if (kind == Kind.LIST) {
                for (int i = 0; i < value.size() + EMPTY_ROWS; i++) {
                    rows.add(fields(path + "." + i, schema.path("items"), value.path(i)));
                }
            }
            boolean kept = kind == Kind.SECRET && value.asString("").equals(MASK);
            return new FormField(
                    path,
                    kind,
                    about(path, schema, required, only),
                    text(kind, value),
                    kept,
                    below,
                    List.copyOf(rows),
                    problem(path));
        }

        /** Takes the problems of a field. Those of fields below it are taken already. */
        private @Nullable String problem(String path) {
            List<String> own = left.stream()
                    .filter(line -> {
                        String place = line.substring(0, Math.max(0, line.indexOf(':')))
                                .replaceAll("\\[(\\d+)]", ".$1");
                        return place.equals(path) || place.startsWith(path + ".");
                    })
                    .toList();
            own.forEach(left::remove);
            return own.isEmpty()
                    ? null
                    : own.stream()
                            .map(line -> line.startsWith(path + ":")
                                    ? line.substring(path.length() + 1).strip()
                                    : line)
                            .collect(Collectors.joining("; "));
        }
    }

    private static About about(String path, JsonNode schema, boolean required, @Nullable Only only) {
        List<String> choices =
                schema.path("enum").valueStream().map(JsonNode::asString).toList();
        String fallback = schema.has("default")
                ? schema.path("default").asString("")
                : schema.path("x-default").asString("");
        return new About(
                schema.path("title").asString(path.substring(path.lastIndexOf('.') + 1)),
                schema.path("description").asString(""),
                required,
                fallback,
                schema.path("examples").path(0).asString(""),
                schema.path("x-unit").asString(""),
                choices,
                only);
    }

    private static String text(Kind kind, JsonNode value) {
        return switch (kind) {
            case SECTION, LIST -> "";
            case TEXTS -> value.valueStream().map(each -> each.asString("")).collect(Collectors.joining("\n"));
            case MAP -> {
                List<String> lines = new ArrayList<>();
                value.forEachEntry((name, text) -> lines.add(name + ": " + text.asString("")));
                yield String.join("\n", lines);
            }
            // A reference is shown. A secret that the user wrote a moment ago is not.
            case SECRET -> value.asString("").startsWith("$") ? value.asString("") : "";
            case TEXT, NUMBER, FLAG, CHOICE -> value.asString("");
        };
    }

    /** Returns what the rules of a section say about when a field is needed or allowed. */
    private static @Nullable Only only(String above, String name, JsonNode rules) {
        for (JsonNode rule : rules) {
            boolean allowed = names(rule.path("if").path("required"), name)
                    && rule.path("then").path("properties").isObject();
            boolean needed = names(rule.path("then").path("required"), name)
                    && rule.path("if").path("properties").isObject();
            if (allowed || needed) {
                Map.Entry<String, JsonNode> other = rule.path(allowed ? "then" : "if")
                        .path("properties")
                        .properties()
                        .iterator()
                        .next();
                return new Only(
                        above.isEmpty() ? other.getKey() : above + "." + other.getKey(),
                        other.getValue()
                                .path("enum")
                                .valueStream()
                                .map(JsonNode::asString)
                                .toList());
            }
        }
        return null;
    }

    private static boolean names(JsonNode list, String name) {
        return list.valueStream().anyMatch(each -> each.asString("").equals(name));
    }
}
