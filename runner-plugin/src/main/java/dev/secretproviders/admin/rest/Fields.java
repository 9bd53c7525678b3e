package dev.secretproviders.admin.rest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads fields of a body, with errors that name them. */
public final class Fields {
    private Fields() {}

    /** Refuses a body with other fields than these. */
    public static void known(ObjectNode body, String... names) {
        Set<String> known = Set.of(names);
        body.propertyNames().stream()
                .filter(name -> !known.contains(name))
                .findFirst()
                .ifPresent(name -> {
                    throw AdminProblemException.badRequest(
                            "the body has a field that is not known; known here: " + String.join(", ", names));
                });
    }

    public static ObjectNode object(JsonNode node, String name) {
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw AdminProblemException.badRequest(name + ": expected an object");
    }

    public static String text(ObjectNode body, String name) {
        String text = optionalText(body, name);
        if (text == null || text.isEmpty()) {
            throw AdminProblemException.badRequest(name + ": is required, a text");
        }
        return text;
    }

    static @Nullable public String optionalText(ObjectNode body, String name) {
        JsonNode node = body.path(name);
        if (node.isMissingNode() || node.isNull()) {
            return null;
        }
        if (!node.isString()) {
            throw AdminProblemException.badRequest(name + ": expected a text");
        }
        return node.stringValue();
    }

    public static boolean flag(ObjectNode body, String name) {
        JsonNode node = body.path(name);
        if (node.isMissingNode() || node.isNull()) {
            return false;
        }
        if (!node.isBoolean()) {
            throw AdminProblemException.badRequest(name + ": expected true or false");
        }
        return node.booleanValue();
    }

    public static List<String> texts(ObjectNode body, String path, String name) {
        JsonNode node = body.path(name);
        List<String> texts = new ArrayList<>();
        if (node.isMissingNode() || node.isNull()) {
            return texts;
        }
        if (!node.isArray()) {
            throw AdminProblemException.badRequest(path + name + ": expected a list of texts");
        }
        for (JsonNode item : node) {
            if (!item.isString()) {
                throw AdminProblemException.badRequest(path + name + ": expected a list of texts");
            }
            texts.add(item.stringValue());
        }
        return texts;
    }

    public static Map<String, String> textMap(ObjectNode body, String path, String name) {
        JsonNode node = body.path(name);
        Map<String, String> texts = new LinkedHashMap<>();
        if (node.isMissingNode() || node.isNull()) {
            return texts;
        }
        object(node, path + name).forEachEntry((key, value) -> {
            if (!value.isString()) {
                throw AdminProblemException.badRequest(path + name + ": expected texts");
            }
            texts.put(key, value.stringValue());
        });
        return texts;
    }
}
