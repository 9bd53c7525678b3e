package dev.secretproviders.dashboard.form;

import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.dashboard.form.FormField.Kind;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes an object from what a form sends. What is empty is left out. The Admin API checks the rest, so a value of the wrong
 * type is passed on as a text.
 */
public final class FormReader {
    /** Starts the names of the inputs. */
    static final String PREFIX = "f.";

    private static final int MOST_ROWS = 200;

    private final HttpServletRequest request;

    private FormReader(HttpServletRequest request) {
        this.request = request;
    }

    /**
     * Returns the object that a form describes.
     *
     * @param schema the schema that the form was made from
     */
    public static ObjectNode read(JsonNode schema, HttpServletRequest request) {
        ObjectNode object = new FormReader(request).section("", schema);
        return object == null ? Json.object() : object;
    }

    private @Nullable ObjectNode section(String above, JsonNode schema) {
        ObjectNode object = Json.object();
        for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
            if (!property.getValue().path("readOnly").asBoolean(false)) {
                String path = above.isEmpty() ? property.getKey() : above + "." + property.getKey();
                JsonNode value = value(path, property.getValue());
                if (value != null) {
                    object.set(property.getKey(), value);
                }
            }
        }
        return object.isEmpty() ? null : object;
    }

    private @Nullable JsonNode value(String path, JsonNode schema) {
        Kind kind = SchemaForm.kind(schema);
        return switch (kind) {
            case SECTION -> section(path, schema);
            case LIST -> list(path, schema);
            case MAP -> map(path);
            case TEXTS -> texts(path);
            case TEXT, NUMBER, FLAG, CHOICE -> plain(kind, text(path).strip());
            case SECRET -> secret(path);
        };
    }

    private String text(String path) {
        String value = request.getParameter(PREFIX + path);
        return value == null ? "" : value;
    }

    private static @Nullable JsonNode plain(Kind kind, String text) {
        if (text.isEmpty()) {
            return null;
        }
        if (kind == Kind.NUMBER && text.matches("-?\\d{1,18}")) {
            return Json.object().numberNode(Long.parseLong(text));
        }
        if (kind == Kind.FLAG && (text.equals("true") || text.equals("false"))) {
            return Json.object().booleanNode(text.equals("true"));
        }
        return Json.object().stringNode(text);
    }

    /** Returns the mask if the stored secret stays. */
    private @Nullable JsonNode secret(String path) {
        String text = text(path);
        if (!text.isEmpty()) {
            return Json.object().stringNode(text);
        }
        boolean stays = request.getParameter(PREFIX + path + ".kept") != null
                && request.getParameter(PREFIX + path + ".removed") == null;
        return stays ? Json.object().stringNode(SchemaForm.MASK) : null;
    }

    private @Nullable JsonNode texts(String path) {
        ArrayNode list = Json.array();
        text(path).lines().map(String::strip).filter(line -> !line.isEmpty()).forEach(list::add);
        return list.isEmpty() ? null : list;
    }

    private @Nullable JsonNode map(String path) {
        ObjectNode map = Json.object();
        text(path).lines().filter(line -> !line.isBlank()).forEach(line -> {
            int colon = line.indexOf(':');
            map.put(
                    (colon < 0 ? line : line.substring(0, colon)).strip(),
                    colon < 0 ? "" : line.substring(colon + 1).strip());
        });
        return map.isEmpty() ? null : map;
    }

    /** Leaves out rows without a value. */
    private @Nullable JsonNode list(String path, JsonNode schema) {
        ArrayNode list = Json.array();
        for (int row = 0; row < MOST_ROWS && sent(path + "." + row); row++) {
            ObjectNode object = section(path + "." + row, schema.path("items"));
            if (object != null) {
                list.add(object);
            }
        }
        return list.isEmpty() ? null : list;
    }

    private boolean sent(String path) {
        return request.getParameterMap().keySet().stream().anyMatch(name -> name.startsWith(PREFIX + path + "."));
    }
}
