package dev.secretproviders.admin.rest;

import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.settings.CommonFields;
import dev.secretproviders.settings.Durations;
import dev.secretproviders.spi.Condition;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldType;
import dev.secretproviders.spi.ProviderFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The JSON schema (2020-12) of a manager's provider objects, made from its descriptor. */
public final class ProviderSchema {
    private ProviderSchema() {}

    /** What answers add to the fields of an object; a write may repeat it. */
    private static final Schema ADDED = Schema.object()
            .required("id", Schema.text(), "The id, as in the path.")
            .required("manager", Schema.text(), "The manager, as in the path.")
            .required("origin", Schema.choice("file", "store"), "Where it is defined: the configuration file, or here.")
            .optional("created_at", Schema.time(), "When it was created; absent for one of the configuration file.")
            .optional(
                    "updated_at", Schema.time(), "When it was last written; absent for one of the configuration file.");

    /** Returns the schema of the objects that a factory takes. */
    public static ObjectNode of(ProviderFactory factory) {
        ObjectNode node = section(CommonFields.all(factory.descriptor()));
        node.put("description", "A provider object of the manager " + factory.manager() + ".");
        ADDED.published().path("properties").properties().stream()
                .filter(field -> !node.path("properties").has(field.getKey()))
                .forEach(field -> node.withObject("/properties")
                        .set(field.getKey(), ((ObjectNode) field.getValue()).put("readOnly", true)));
        return node;
    }

    /**
     * Returns the components for provider objects of all managers: {@code Provider} as it is written, and {@code ShownProvider} as
     * answers show it.
     */
    static Map<String, ObjectNode> components(ProviderRegistry registry) {
        Map<String, ObjectNode> components = new TreeMap<>();
        List<Schema> written = new ArrayList<>();
        List<Schema> shown = new ArrayList<>();
        List<String> managers = registry.managers().stream().sorted().toList();
        for (String manager : managers) {
            ProviderFactory factory = registry.factory(manager);
            if (factory != null) {
                ObjectNode schema = of(factory);
                components.put("Provider_" + manager, schema);
                components.put("ShownProvider_" + manager, shown(manager, schema));
                written.add(Schema.reference("Provider_" + manager));
                shown.add(Schema.reference("ShownProvider_" + manager));
            }
        }
        components.put("Provider", Schema.anyOf(written.toArray(Schema[]::new)).published());
        components.put(
                "ShownProvider", Schema.anyOf(shown.toArray(Schema[]::new)).published());
        return components;
    }

    /** Returns the schema of an object in an answer. One of the configuration file shows none of its fields. */
    private static ObjectNode shown(String manager, ObjectNode written) {
        ObjectNode node = ADDED.published();
        node.put("description", "A provider object of the manager " + manager + ". Secrets are shown as ***.");
        ObjectNode properties = node.withObject("/properties");
        written.path("properties").propertyNames().stream()
                .filter(name -> !properties.has(name))
                .forEach(name -> properties
                        .putObject(name)
                        .put("$ref", "#/components/schemas/Provider_" + manager + "/properties/" + name));
        properties.withObject("/manager").putArray("enum").add(manager);
        return node;
    }

    private static ObjectNode section(List<Field> fields) {
        ObjectNode node = Json.object();
        node.put("type", "object");
        if (fields.isEmpty()) {
            node.putObject("additionalProperties").put("type", "string");
            return node;
        }
        node.put("additionalProperties", false);
        ObjectNode properties = node.putObject("properties");
        ArrayNode required = Json.array();
        ArrayNode rules = Json.array();
        for (Field field : fields) {
            properties.set(field.name(), property(field));
            if (field.required()) {
                required.add(field.name());
            }
            rules(field, fields, rules);
        }
        if (!required.isEmpty()) {
            node.set("required", required);
        }
        if (!rules.isEmpty()) {
            node.set("allOf", rules);
        }
        return node;
    }

    /** What a field says of those next to it. */
    private static void rules(Field field, List<Field> fields, ArrayNode rules) {
        Condition required = field.requiredWhen();
        if (required != null) {
            ObjectNode rule = rules.addObject();
            rule.set("if", matches(required, fields));
            rule.set("then", present(field.name()));
        }
        Condition only = field.onlyWhen();
        if (only != null) {
            ObjectNode rule = rules.addObject();
            rule.set("if", present(field.name()));
            rule.set("then", matches(only, fields));
        }
        for (String other : field.excludes()) {
            ObjectNode both = present(field.name());
            both.withArray("required").add(other);
            rules.addObject().set("not", both);
        }
    }

    private static ObjectNode present(String name) {
        ObjectNode node = Json.object();
        node.putArray("required").add(name);
        return node;
    }

    private static ObjectNode matches(Condition condition, List<Field> fields) {
        ObjectNode node = Json.object();
        if (!condition.values().isEmpty()) {
            ArrayNode values =
                    node.putObject("properties").putObject(condition.field()).putArray("enum");
            condition.values().forEach(values::add);
        }
        boolean byDefault = fields.stream()
                .filter(field -> field.name().equals(condition.field()) && field.fallback() != null)
                .anyMatch(field -> condition.values().contains(String.valueOf(field.fallback())));
        if (!byDefault) {
            node.putArray("required").add(condition.field());
        }
        return node;
    }

    private static ObjectNode property(Field field) {
        ObjectNode node = switch (field.type()) {
            case TEXT, FILE, TRUST_FILE -> text();
            case URI -> text().put("format", "uri");
            case SECRET -> text().put("format", "password").put("writeOnly", true);
            case INTEGER -> integer(field);
            case FLAG -> Json.object().put("type", "boolean");
            case DURATION -> text().put("pattern", "^([0-9]{1,9} *(ms|s|m|h|d)|0)$");
            case TEXTS -> {
                ObjectNode list = Json.object().put("type", "array");
                list.set("items", text());
                yield list;
            }
            case SECTION -> section(field.fields());
            case LIST -> {
                ObjectNode list = Json.object().put("type", "array");
                list.set("items", section(field.fields()));
                yield list;
            }
        };
        node.put("title", field.label());
        node.put("description", field.help());
        if (field.pattern() != null) {
            node.put("pattern", "^(?:" + field.pattern().pattern() + ")$");
        }
        field.choices().forEach(choice -> node.withArray("enum").add(choice));
        if (field.fallback() != null) {
            node.set("default", Json.MAPPER.valueToTree(field.fallback()));
        }
        if (field.example() != null) {
            node.putArray("examples").add(field.example());
        }
        extensions(field, node::put);
        if (field.destination()) {
            node.put("x-destination", true);
        }
        return node;
    }

    /** What JSON Schema has no word for. */
    private static void extensions(Field field, BiConsumer<String, String> put) {
        put(put, "x-unit", field.unit());
        put(put, "x-default", field.absent());
        if (field.type() == FieldType.DURATION) {
            put(put, "x-minimum", field.least() == null ? null : Durations.text(field.least()));
            put(put, "x-maximum", field.most() == null ? null : Durations.text(field.most()));
        }
    }

    private static void put(BiConsumer<String, String> put, String name, @Nullable String value) {
        if (value != null) {
            put.accept(name, value);
        }
    }

    private static ObjectNode text() {
        return Json.object().put("type", "string");
    }

    private static ObjectNode integer(Field field) {
        ObjectNode node = Json.object().put("type", "integer");
        ObjectNode range = field.zero() ? Json.object() : node;
        if (field.least() != null) {
            range.put("minimum", field.least());
        }
        if (field.most() != null) {
            range.put("maximum", field.most());
        }
        if (field.zero()) {
            node.putArray("anyOf").add(Json.object().put("const", 0)).add(range);
        }
        return node;
    }
}
