package dev.secretproviders.admin.rest;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The JSON schema (2020-12) of a request body or an answer. It is stated once, next to the code that reads or writes the value. The
 * OpenAPI document publishes it, and {@link BodyCheck} checks request bodies against what is published. Immutable.
 */
public final class Schema {
    private static final String COMPONENTS = "#/components/schemas/";

    private final ObjectNode node;
    /** The components that it refers to, by name. */
    private final Map<String, ObjectNode> components;

    private Schema(ObjectNode node, Map<String, ObjectNode> components) {
        this.node = node;
        this.components = components;
    }

    static Schema of(String type) {
        return new Schema(Json.object().put("type", type), Map.of());
    }

    /** Returns the schema of any value. */
    public static Schema any() {
        return new Schema(Json.object(), Map.of());
    }

    /** Returns the schema of a text. */
    public static Schema text() {
        return of("string");
    }

    /** Returns the schema of a text with a number of characters. */
    public static Schema text(int min, int max) {
        return text().length(min, max);
    }

    /**
     * Returns the schema of a text of a pattern.
     *
     * @param pattern a regular expression that JSON Schema and Java have in common, from {@code ^} to {@code $}
     * @param words what it stands for, as it follows "expected"
     */
    public static Schema text(String pattern, String words) {
        return text().with(node -> node.put("pattern", pattern).put("x-expected", words));
    }

    /** Returns the schema of a time in RFC 3339 format. */
    public static Schema time() {
        return text().with(node -> node.put("format", "date-time"));
    }

    /** Returns the schema of one of these texts. */
    public static Schema choice(String... values) {
        return text().with(node -> Arrays.stream(values).forEach(node.putArray("enum")::add));
    }

    /** Returns the schema of one of the names of an enum, in lower case. */
    public static Schema choice(Class<? extends Enum<?>> type) {
        return choice(Arrays.stream(type.getEnumConstants())
                .map(value -> value.name().toLowerCase(Locale.ROOT))
                .toArray(String[]::new));
    }

    /** Returns the schema of one of the names of an enum, in lower case, or of more texts. */
    public static Schema choice(Class<? extends Enum<?>> type, String... more) {
        return choice(type).with(node -> Arrays.stream(more).forEach(node.withArray("enum")::add));
    }

    /** Returns the texts of a choice. */
    public List<String> choices() {
        return node.path("enum")
                .valueStream()
                .filter(JsonNode::isString)
                .map(JsonNode::asString)
                .toList();
    }

    /** Returns the schema of a whole number. */
    public static Schema whole(long min, long max) {
        return whole(min).with(node -> node.put("maximum", max));
    }

    /** Returns the schema of a whole number without a greatest one. */
    public static Schema whole(long min) {
        return of("integer").with(node -> node.put("minimum", min));
    }

    /** Returns the schema of a number from 0. */
    public static Schema number() {
        return of("number").with(node -> node.put("minimum", 0));
    }

    /** Returns the schema of {@code true} or {@code false}. */
    public static Schema flag() {
        return of("boolean");
    }

    /** Returns the schema that only null fits. */
    public static Schema nothing() {
        return of("null");
    }

    /** Returns the schema of a list. */
    public static Schema list(Schema items) {
        return of("array").holding("items", items);
    }

    /** Returns the schema of a list with a number of items. */
    public static Schema list(Schema items, int min, int max) {
        return list(items).with(node -> node.put("minItems", min).put("maxItems", max));
    }

    /** Returns the schema of an object with names of the user's choice. */
    public static Schema map(Schema values) {
        return of("object").holding("additionalProperties", values);
    }

    /** Returns the schema of an object with a number of names of the user's choice. */
    public static Schema map(Schema values, int min, int max) {
        return map(values).with(node -> node.put("minProperties", min).put("maxProperties", max));
    }

    /** Returns this text with a number of characters. */
    public Schema length(int min, int max) {
        return with(copy -> copy.put("minLength", min).put("maxLength", max));
    }

    /** Returns this map with limits for its names. */
    public Schema names(Schema names) {
        return with(copy -> copy.set("propertyNames", names.node.deepCopy()));
    }

    /** Returns the schema of an object that may have more fields than those that are added to it. */
    public static Schema object() {
        return of("object");
    }

    /** Returns the schema of an object that has no fields but those that are added to it. */
    public static Schema closed() {
        return object().with(node -> node.put("additionalProperties", false));
    }

    /** Returns the schema of a value that fits at least one of these. */
    public static Schema anyOf(Schema... alternatives) {
        Map<String, ObjectNode> all = new TreeMap<>();
        ObjectNode node = Json.object();
        for (Schema alternative : alternatives) {
            all.putAll(alternative.components);
            node.withArray("anyOf").add(alternative.node.deepCopy());
        }
        return new Schema(node, all);
    }

    /** Returns a reference to a component that the document has anyway. */
    static Schema reference(String component) {
        return new Schema(Json.object().put("$ref", COMPONENTS + component), Map.of());
    }

    /** Returns the schema of a provider object to write. */
    public static Schema provider() {
        return reference("Provider");
    }

    /** Returns the schema of a provider object in an answer. */
    public static Schema shownProvider() {
        return reference("ShownProvider");
    }

    /** Returns the schema of an answer in APISIX's format. */
    public static Schema keyed(Schema value, String key) {
        return object().required(
                        "key", text().with(node -> node.putArray("examples").add(key)), "The path of the resource.")
                .required("value", value, "The resource.");
    }

    /** Returns the schema of a paged list in APISIX's format. */
    public static Schema page(Schema entry) {
        return object().required("total", whole(0), "How many there are, on all pages.")
                .required("list", list(entry), "The entries of this page, at most 500.");
    }

    /** Returns this schema as a component of the document; where it is used, there is a reference to it. */
    public Schema named(String name) {
        Map<String, ObjectNode> all = new TreeMap<>(components);
        all.put(name, node);
        return new Schema(reference(name).node, all);
    }

    /** Returns this object with a field that is always there. */
    public Schema required(String name, Schema field, String help) {
        Schema added = optional(name, field, help);
        added.node.withArray("required").add(name);
        return added;
    }

    /** Returns this object with a field that may be absent. */
    public Schema optional(String name, Schema field, String help) {
        Schema added = with(field.components);
        ObjectNode property = field.node.deepCopy();
        property.put("description", help);
        added.node.withObject("/properties").set(name, property);
        return added;
    }

    /** Returns this object, which has at least one of these fields. */
    public Schema oneOrMore(String... names) {
        return with(node -> {
            ArrayNode any = node.putArray("anyOf");
            for (String name : names) {
                any.addObject().putArray("required").add(name);
            }
        });
    }

    /** Returns this schema with null in addition. */
    public Schema orNull() {
        if (!node.has("type")) {
            return anyOf(this, nothing());
        }
        return with(copy -> {
            copy.putArray("type").add(node.path("type").asString()).add("null");
            if (copy.path("enum") instanceof ArrayNode choices) {
                choices.addNull();
            }
        });
    }

    /** Returns this schema with what a number counts. */
    public Schema unit(String unit) {
        return with(copy -> copy.put("x-unit", unit));
    }

    /** Returns this schema with the value that holds where it is absent. */
    public Schema fallback(Object value) {
        return with(copy -> copy.set("default", Json.MAPPER.valueToTree(value)));
    }

    /** Returns this schema, which answers never show. */
    public Schema writeOnly() {
        return with(copy -> copy.put("writeOnly", true));
    }

    /** Returns this schema with what it is. */
    public Schema about(String description) {
        return with(copy -> copy.put("description", description));
    }

    private Schema holding(String keyword, Schema part) {
        Schema whole = with(part.components);
        whole.node.set(keyword, part.node.deepCopy());
        return whole;
    }

    private Schema with(Consumer<ObjectNode> change) {
        ObjectNode copy = node.deepCopy();
        change.accept(copy);
        return new Schema(copy, components);
    }

    private Schema with(Map<String, ObjectNode> more) {
        Map<String, ObjectNode> all = new LinkedHashMap<>(components);
        all.putAll(more);
        return new Schema(node.deepCopy(), all);
    }

    /** Returns what OpenAPI publishes. */
    ObjectNode published() {
        return node.deepCopy();
    }

    /** Returns the components that {@link #published} refers to, by name. */
    Map<String, ObjectNode> components() {
        return Map.copyOf(components);
    }

    /**
     * Checks a request body.
     *
     * @throws AdminProblemException 400 with everything that is wrong
     */
    public void check(ObjectNode body) {
        List<String> problems = BodyCheck.problems(node, body);
        if (!problems.isEmpty()) {
            ArrayNode lines = Json.array();
            problems.forEach(lines::add);
            throw new AdminProblemException(400, String.join("; ", problems), Map.of("problems", lines));
        }
    }

    /** Returns the published schema as JSON. */
    @Override
    public String toString() {
        return node.toString();
    }
}
