package dev.secretproviders.app.cli.document;

import java.util.IdentityHashMap;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Reads JSON files, whose indentation by tabs would be no YAML. */
final class JsonTree {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final JsonNodeFactory NODES = JSON.getNodeFactory();

    private final IdentityHashMap<JsonNode, Integer> lines = new IdentityHashMap<>();

    private JsonTree() {}

    static List<Document> read(String file, String text) throws DocumentException {
        JsonTree tree = new JsonTree();
        try (JsonParser parser = JSON.createParser(text)) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                return List.of();
            }
            JsonNode root = tree.value(parser);
            if (parser.nextToken() != null) {
                throw new DocumentException(
                        file + ":" + parser.currentTokenLocation().getLineNr(),
                        "there is more after the end of the JSON value; keep one");
            }
            return List.of(new Document(file, root, tree.lines));
        } catch (JacksonException e) {
            String place = e.getLocation() == null
                    ? file
                    : file + ":" + e.getLocation().getLineNr();
            throw new DocumentException(place, "is not well-formed JSON, or a field is there twice");
        }
    }

    private JsonNode value(JsonParser parser) {
        int line = parser.currentTokenLocation().getLineNr();
        JsonToken token = parser.currentToken();
        JsonNode value = switch (token) {
            case START_OBJECT -> fields(parser);
            case START_ARRAY -> items(parser);
            case VALUE_STRING -> NODES.stringNode(parser.getString());
            case VALUE_NULL -> NODES.nullNode();
            case VALUE_TRUE, VALUE_FALSE -> NODES.booleanNode(token == JsonToken.VALUE_TRUE);
            case VALUE_NUMBER_INT -> NODES.numberNode(parser.getBigIntegerValue());
            case VALUE_NUMBER_FLOAT -> NODES.numberNode(parser.getDecimalValue());
            case END_OBJECT, END_ARRAY, PROPERTY_NAME, VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE ->
                throw new IllegalStateException("a value cannot begin with " + token);
        };
        lines.putIfAbsent(value, line);
        return value;
    }

    private ObjectNode fields(JsonParser parser) {
        ObjectNode fields = NODES.objectNode();
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
            parser.nextToken();
            fields.set(name, value(parser));
        }
        return fields;
    }

    private ArrayNode items(JsonParser parser) {
        ArrayNode items = NODES.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            items.add(value(parser));
        }
        return items;
    }
}
