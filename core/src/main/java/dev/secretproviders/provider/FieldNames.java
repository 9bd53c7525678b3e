package dev.secretproviders.provider;

import dev.secretproviders.settings.CommonFields;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The names of fields in provider objects. {@link Settings} reads a field under any spelling; what masks secrets and
 * compares destinations must find the same fields. So every reader sees an object with the names of its schema only.
 */
public final class FieldNames {
    private static final String NO_TEXT = ": expected a text; write the value in quotes";

    private FieldNames() {}

    /**
     * Returns a line for each name in an object that is unknown or a wrong spelling of a field, and for each value that should
     * be a list or a text and is not. Names without a value are ignored.
     */
    public static List<String> problems(ObjectNode object, Descriptor descriptor) {
        List<String> problems = new ArrayList<>();
        problems("", object, CommonFields.all(descriptor), problems);
        return problems;
    }

    private static void problems(String path, ObjectNode object, List<Field> fields, List<String> problems) {
        object.forEachEntry((name, value) -> {
            Field field = field(name, fields);
            if (field == null) {
                if (!value.isNull()) {
                    problems.add(path + name + ": is not a known field; known here: "
                            + fields.stream().map(Field::name).sorted().collect(Collectors.joining(", ")));
                }
                return;
            }
            String here = path + field.name();
            if (!name.equals(field.name())) {
                problems.add(
                        path + name + (object.has(field.name()) ? ": is the same field as " : ": write it as ") + here);
            }
            if (isText(field) && !value.isContainer() && !value.isString() && !value.isNull()) {
                problems.add(path + name + NO_TEXT);
            } else if (isList(field) && value.isObject()) {
                problems.add(path + name + ": expected a list");
            } else if (value instanceof ObjectNode section && !field.fields().isEmpty()) {
                problems(here + ".", section, field.fields(), problems);
            } else if (value instanceof ObjectNode section && field.type() == FieldType.SECTION) {
                section.forEachEntry((key, text) -> {
                    if (!text.isString() && !text.isContainer()) {
                        problems.add(here + "." + key + NO_TEXT);
                    }
                });
            } else if (value instanceof ArrayNode list) {
                for (int i = 0; i < list.size(); i++) {
                    if (field.type() == FieldType.TEXTS && !list.get(i).isString()) {
                        problems.add(here + "[" + i + "]" + NO_TEXT);
                    }
                    if (list.get(i) instanceof ObjectNode item
                            && !field.fields().isEmpty()) {
                        problems(here + "[" + i + "].", item, field.fields(), problems);
                    }
                }
            }
        });
    }

    /**
     * Returns a copy with the names of the schema, for an object that was stored when other spellings were taken.
     * Fields without a value are left out, and lists that stand as objects are lists. Two spellings of one field both
     * stay as they are.
     */
    public static ObjectNode canonical(ObjectNode object, Descriptor descriptor) {
        return canonical(object, CommonFields.all(descriptor));
    }

    private static ObjectNode canonical(ObjectNode object, List<Field> fields) {
        ObjectNode copy = JsonNodeFactory.instance.objectNode();
        object.forEachEntry((name, value) -> {
            Field field = field(name, fields);
            if (field == null) {
                copy.set(name, value.deepCopy());
            } else if (!value.isNull()) {
                boolean onlyOne = object.propertyNames().stream()
                        .allMatch(other -> other.equals(name) || !Settings.sameField(name, other));
                copy.set(onlyOne ? field.name() : name, canonical(value, field));
            }
        });
        return copy;
    }

    private static JsonNode canonical(JsonNode value, Field field) {
        if (isList(field) && value.isContainer()) {
            ArrayNode list = JsonNodeFactory.instance.arrayNode();
            value.forEach(item -> list.add(canonicalItem(item, field)));
            return list;
        }
        return canonicalItem(value, field);
    }

    private static JsonNode canonicalItem(JsonNode value, Field field) {
        return value instanceof ObjectNode section && !field.fields().isEmpty()
                ? canonical(section, field.fields())
                : value.deepCopy();
    }

    /** Returns whether a number would lose something: leading zeros, or digits of a long one. */
    private static boolean isText(Field field) {
        return switch (field.type()) {
            case TEXT, URI, SECRET, FILE, TRUST_FILE -> true;
            case INTEGER, FLAG, DURATION, TEXTS, SECTION, LIST -> false;
        };
    }

    private static boolean isList(Field field) {
        return field.type() == FieldType.LIST || field.type() == FieldType.TEXTS;
    }

    /** Returns the field that a name stands for, in whatever spelling; null if there is none. */
    private static @Nullable Field field(String name, List<Field> fields) {
        return fields.stream()
                .filter(field -> Settings.sameField(field.name(), name))
                .findFirst()
                .orElse(null);
    }
}
