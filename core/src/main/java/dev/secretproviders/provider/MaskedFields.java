package dev.secretproviders.provider;

import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldType;
import dev.secretproviders.spi.SecretReference;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * The secrets among the fields of a provider object: masks them, restores those that an edit keeps, and decides whether
 * they would be sent elsewhere. Expects the {@linkplain FieldNames names of the schema}.
 */
final class MaskedFields {
    private MaskedFields() {}

    /** Masks each secret in place, and everything in unknown fields. A reference is not a secret and stays readable. */
    static void mask(ObjectNode object, List<Field> fields) {
        object.forEachEntry((name, value) -> {
            Field field = field(name, fields);
            if (field == null || field.secret()) {
                if (!isReference(value)) {
                    object.set(name, StringNode.valueOf(ProviderObject.MASK));
                }
            } else if (!field.fields().isEmpty()) {
                if (value instanceof ObjectNode section) {
                    mask(section, field.fields());
                } else if (value instanceof ArrayNode list) {
                    list.forEach(item -> {
                        if (item instanceof ObjectNode entry) {
                            mask(entry, field.fields());
                        }
                    });
                }
            }
        });
    }

    /**
     * Puts the secrets of {@code before} back where {@code after} holds the mask.
     *
     * @param after changed in place
     * @param kept gets the paths of the secrets that were put back, but for those that are references
     * @param problems takes a line for each mask without a stored secret
     */
    static void restore(
            String path,
            ObjectNode after,
            ObjectNode before,
            List<Field> fields,
            List<String> kept,
            List<String> problems) {
        for (Field field : fields) {
            JsonNode value = after.path(field.name());
            JsonNode old = before.path(field.name());
            String here = path + field.name();
            if (field.secret() && isMask(value)) {
                if (old.isMissingNode() || isMask(old)) {
                    problems.add(here + ": is masked, and there is no secret to keep; write the secret");
                } else {
                    after.set(field.name(), old.deepCopy());
                    if (!isReference(old)) {
                        kept.add(here);
                    }
                }
            } else if (value instanceof ObjectNode section) {
                restore(here + ".", section, object(old), field.fields(), kept, problems);
            } else if (value instanceof ArrayNode list) {
                for (int i = 0; i < list.size(); i++) {
                    if (list.get(i) instanceof ObjectNode item) {
                        // A secret belongs to the other fields of its item, not to the position in the list.
                        ObjectNode same = object(old.path(i));
                        boolean known =
                                withoutSecrets(item, field.fields()).equals(withoutSecrets(same, field.fields()));
                        restore(
                                here + "[" + i + "].",
                                item,
                                known ? same : JsonNodeFactory.instance.objectNode(),
                                field.fields(),
                                kept,
                                problems);
                    }
                }
            }
        }
    }

    /** Returns whether credentials would go elsewhere, or to a server that proves itself in another way. */
    static boolean moved(ObjectNode before, ObjectNode after, List<Field> fields) {
        return fields.stream().anyMatch(field -> moved(before.path(field.name()), after.path(field.name()), field));
    }

    private static boolean moved(JsonNode before, JsonNode after, Field field) {
        if (before.equals(after)) {
            return false;
        }
        if (field.destination()) {
            return true;
        }
        if (field.type() == FieldType.LIST) {
            for (int i = 0; i < Math.max(before.size(), after.size()); i++) {
                if (moved(object(before.path(i)), object(after.path(i)), field.fields())) {
                    return true;
                }
            }
            return false;
        }
        return moved(object(before), object(after), field.fields());
    }

    /** Returns the paths of the texts that are the mask itself. */
    static List<String> masks(JsonNode object) {
        List<String> found = new ArrayList<>();
        FieldTexts.forEach(object, (path, text) -> {
            if (text.equals(ProviderObject.MASK)) {
                found.add(path);
            }
        });
        return found;
    }

    private static ObjectNode withoutSecrets(ObjectNode object, List<Field> fields) {
        ObjectNode copy = object.deepCopy();
        for (Field field : fields) {
            JsonNode value = copy.path(field.name());
            if (field.secret()) {
                copy.remove(field.name());
            } else if (value instanceof ObjectNode section) {
                copy.set(field.name(), withoutSecrets(section, field.fields()));
            } else if (value instanceof ArrayNode list) {
                ArrayNode plain = copy.putArray(field.name());
                list.forEach(item ->
                        plain.add(item instanceof ObjectNode entry ? withoutSecrets(entry, field.fields()) : item));
            }
        }
        return copy;
    }

    private static ObjectNode object(JsonNode node) {
        return node instanceof ObjectNode object ? object : JsonNodeFactory.instance.objectNode();
    }

    private static @Nullable Field field(String name, List<Field> fields) {
        return fields.stream()
                .filter(field -> field.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    private static boolean isMask(JsonNode node) {
        return node.isString() && node.stringValue().equals(ProviderObject.MASK);
    }

    private static boolean isReference(JsonNode node) {
        return node.isString() && SecretReference.isReference(node.stringValue());
    }
}
