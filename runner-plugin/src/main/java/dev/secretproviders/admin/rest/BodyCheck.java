package dev.secretproviders.admin.rest;

import dev.secretproviders.settings.Spelling;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/**
 * Checks a request body against its published schema, as far as {@link Schema} writes one. Finds everything that is wrong. No message
 * quotes a value or an unknown name, which may be a secret in the wrong place.
 */
final class BodyCheck {
    private static final Map<String, Pattern> PATTERNS = new ConcurrentHashMap<>();
    /** Names of the user's choice that may be shown. */
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_.-]{1,64}");

    /** As many problems as a caller can use. */
    private static final int MOST = 20;

    private final List<String> problems = new ArrayList<>();

    private BodyCheck() {}

    /** Returns what is wrong, one line for each problem. */
    static List<String> problems(JsonNode schema, JsonNode body) {
        BodyCheck check = new BodyCheck();
        check.value("", schema, body);
        return List.copyOf(check.problems);
    }

    private void value(String path, JsonNode schema, JsonNode value) {
        if (schema.has("$ref")) {
            // A provider object. The fields of its manager are checked when the object is edited.
            if (!value.isObject()) {
                add(path, "expected an object");
            }
        } else if (!schema.has("type")) {
            if (schema.has("anyOf")) {
                alternatives(path, schema.path("anyOf"), value);
            }
        } else if (!isOfType(schema, value) || !isWithinLimits(schema, value)) {
            add(path, "expected " + expected(schema) + suggestion(schema, value));
        } else if (value.isObject()) {
            object(path, schema, value);
        } else if (value.isArray()) {
            for (int i = 0; i < value.size(); i++) {
                value(path + "[" + i + "]", schema.path("items"), value.path(i));
            }
        }
    }

    private static boolean isOfType(JsonNode schema, JsonNode value) {
        JsonNode type = schema.path("type");
        return type.isArray()
                ? type.valueStream().anyMatch(one -> isOfType(one.asString(), value))
                : isOfType(type.asString(), value);
    }

    private static boolean isOfType(String type, JsonNode value) {
        return switch (type) {
            case "string" -> value.isString();
            case "integer" -> value.isIntegralNumber();
            case "boolean" -> value.isBoolean();
            case "array" -> value.isArray();
            case "object" -> value.isObject();
            case "null" -> value.isNull();
            default -> throw new IllegalStateException("no body has the type " + type);
        };
    }

    private static boolean isWithinLimits(JsonNode schema, JsonNode value) {
        boolean chosen =
                !schema.has("enum") || schema.path("enum").valueStream().anyMatch(value::equals);
        if (value.isString()) {
            String text = value.stringValue();
            return chosen
                    && within(schema, "minLength", "maxLength", text.codePointCount(0, text.length()))
                    && (!schema.has("pattern") || pattern(schema).matcher(text).matches())
                    && (!schema.has("format") || isTime(text));
        }
        if (value.isIntegralNumber()) {
            return chosen && value.canConvertToLong() && within(schema, "minimum", "maximum", value.longValue());
        }
        return chosen
                && (!value.isArray() || within(schema, "minItems", "maxItems", value.size()))
                && (!value.isObject() || within(schema, "minProperties", "maxProperties", value.size()));
    }

    private static boolean within(JsonNode schema, String least, String most, long number) {
        return number >= schema.path(least).asLong(Long.MIN_VALUE)
                && number <= schema.path(most).asLong(Long.MAX_VALUE);
    }

    private static Pattern pattern(JsonNode schema) {
        return PATTERNS.computeIfAbsent(schema.path("pattern").asString(), Pattern::compile);
    }

    private static boolean isTime(String text) {
        try {
            OffsetDateTime _ = OffsetDateTime.parse(text);
            return true;
        } catch (DateTimeParseException e) {
            return false;
        }
    }

    private void object(String path, JsonNode schema, JsonNode object) {
        JsonNode some = schema.path("anyOf");
        if (!some.isEmpty()
                && some.valueStream()
                        .noneMatch(one ->
                                one.path("required").valueStream().allMatch(name -> object.has(name.asString())))) {
            add(path, "expected " + words(some));
        }
        JsonNode properties = schema.path("properties");
        for (JsonNode name : schema.path("required")) {
            if (!object.has(name.asString())) {
                add(at(path, name.asString()), "is required, " + expected(properties.path(name.asString())));
            }
        }
        JsonNode names = schema.path("propertyNames");
        JsonNode others = schema.path("additionalProperties");
        for (Map.Entry<String, JsonNode> field : object.properties()) {
            String name = field.getKey();
            if (names.isObject() && !isWithinLimits(names, StringNode.valueOf(name))) {
                add(path, "expected names of fields to be " + expected(names));
            }
            if (properties.has(name)) {
                value(at(path, name), properties.path(name), field.getValue());
            } else if (others.isObject()) {
                value(PLAIN.matcher(name).matches() ? at(path, name) : path, others, field.getValue());
            } else if (others.isBoolean()) {
                unknown(path, name, properties);
            }
        }
    }

    private void unknown(String path, String name, JsonNode properties) {
        String nearest = nearest(name, properties.propertyNames());
        if (nearest != null) {
            add(at(path, name), "is not a known field; did you mean '" + nearest + "'?");
        } else {
            add(
                    path,
                    "there is a field that is not known; known here: " + String.join(", ", properties.propertyNames()));
        }
    }

    /** Checks an object that fits one of several schemas. Reports what is wrong with the one that it was meant to fit. */
    private void alternatives(String path, JsonNode any, JsonNode value) {
        if (!value.isObject()) {
            add(path, "expected an object");
            return;
        }
        if (any.valueStream().anyMatch(one -> problems(one, value).isEmpty())) {
            return;
        }
        String kind = kind(any);
        List<JsonNode> meant = any.valueStream()
                .filter(one -> kind == null
                        ? has(one, value)
                        : one.path("properties").path(kind).path("enum").path(0).equals(value.path(kind)))
                .toList();
        if (meant.size() == 1) {
            value(path, meant.getFirst(), value);
        } else if (kind != null) {
            Schema choice = Schema.choice(any.valueStream()
                    .map(one -> one.path("properties")
                            .path(kind)
                            .path("enum")
                            .path(0)
                            .asString())
                    .toArray(String[]::new));
            object(path, Schema.object().required(kind, choice, "").published(), value);
        } else {
            add(path, "expected either " + words(any));
        }
    }

    /** Returns the field whose fixed value tells the schemas apart, or null if there is none. */
    private static @Nullable String kind(JsonNode any) {
        return any.path(0).path("properties").properties().stream()
                .filter(field -> field.getValue().path("enum").size() == 1)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(null);
    }

    /** Returns whether an object has the fields that a schema requires, and none of them is null. */
    private static boolean has(JsonNode schema, JsonNode object) {
        JsonNode some = schema.path("anyOf");
        return schema.path("required").valueStream().allMatch(name -> object.hasNonNull(name.asString()))
                && (some.isEmpty() || some.valueStream().anyMatch(one -> has(one, object)));
    }

    private static String words(JsonNode any) {
        return any.valueStream()
                .map(one -> one.has("description")
                        ? one.path("description").asString()
                        : one.path("required")
                                .valueStream()
                                .map(JsonNode::asString)
                                .collect(Collectors.joining(" and ")))
                .collect(Collectors.joining(", or "));
    }

    /** Returns what a schema wants, in words. */
    private static String expected(JsonNode schema) {
        JsonNode type = schema.path("type");
        if (type.isArray()) {
            return expected(type.path(0).asString(), schema) + ", or null";
        }
        return expected(type.asString("object"), schema);
    }

    private static String expected(String type, JsonNode schema) {
        return switch (type) {
            case "string" -> text(schema);
            case "integer" -> "a whole number" + range(schema, " from ", "minimum", "maximum", "");
            case "boolean" -> "true or false";
            case "array" ->
                "a list" + range(schema, " of ", "minItems", "maxItems", "") + ": " + expected(schema.path("items"));
            case "null" -> "nothing next to the other fields";
            default ->
                "an object" + range(schema, " of ", "minProperties", "maxProperties", " fields")
                        + (schema.path("additionalProperties").isObject()
                                ? ": " + expected(schema.path("additionalProperties"))
                                : "");
        };
    }

    private static String text(JsonNode schema) {
        if (schema.has("enum")) {
            return "one of "
                    + schema.path("enum")
                            .valueStream()
                            .filter(JsonNode::isString)
                            .map(JsonNode::asString)
                            .collect(Collectors.joining(", "));
        }
        if (schema.has("format")) {
            return "a date and time such as 2027-01-31T12:00:00Z";
        }
        String length = range(schema, " of ", "minLength", "maxLength", " characters");
        return schema.path("x-expected").asString("a text" + length);
    }

    private static String range(JsonNode schema, String before, String least, String most, String after) {
        if (!schema.has(least) && !schema.has(most)) {
            return "";
        }
        return before
                + (schema.has(most)
                        ? schema.path(least).asLong(0) + " to "
                                + schema.path(most).asLong()
                        : Long.toString(schema.path(least).asLong()))
                + after;
    }

    private static String suggestion(JsonNode schema, JsonNode value) {
        List<String> choices = schema.path("enum")
                .valueStream()
                .filter(JsonNode::isString)
                .map(JsonNode::asString)
                .toList();
        String nearest = value.isString() ? nearest(value.stringValue(), choices) : null;
        return nearest == null ? "" : "; did you mean '" + nearest + "'?";
    }

    /** Returns what a word was meant to be, or null. Long words are not compared, since that takes long. */
    private static @Nullable String nearest(String word, Collection<String> known) {
        return PLAIN.matcher(word).matches() ? Spelling.nearest(word, known) : null;
    }

    private static String at(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    private void add(String path, String problem) {
        String line = path.isEmpty() ? "the body: " + problem : path + ": " + problem;
        if (problems.size() < MOST && !problems.contains(line)) {
            problems.add(line);
        }
    }
}
