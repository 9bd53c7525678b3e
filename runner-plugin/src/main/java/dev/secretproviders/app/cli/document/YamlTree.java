package dev.secretproviders.app.cli.document;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Reads YAML documents. The values of aliases are repeated, and merge keys (<code>&lt;&lt;</code>) are merged. */
final class YamlTree {
    private static final int MOST_LEVELS = 64;
    /** Aliases can multiply values. */
    private static final int MOST_VALUES = 4_000_000;

    private static final int LONGEST = 128 << 20;
    private static final String MERGE = "<<";
    private static final JsonNodeFactory NODES = JsonMapper.shared().getNodeFactory();

    private final String file;
    private int values;

    YamlTree(String file) {
        this.file = file;
    }

    List<Document> read(String text) throws DocumentException {
        LoadSettings settings = LoadSettings.builder()
                .setSchema(new CoreSchema())
                .setCodePointLimit(LONGEST)
                .setAllowNonScalarKeys(true)
                .setMaxAliasesForCollections(Integer.MAX_VALUE)
                .build();
        List<Document> documents = new ArrayList<>();
        try {
            for (Node node : new Compose(settings).composeAllFromString(text)) {
                IdentityHashMap<JsonNode, Integer> lines = new IdentityHashMap<>();
                JsonNode root = value(node, 0, lines);
                if (!root.isNull()) {
                    documents.add(new Document(file, root, lines));
                }
            }
            return documents;
        } catch (MarkedYamlEngineException e) {
            throw malformed(
                    e.getProblemMark().orElse(null),
                    "is not well-formed YAML; look at the quotes, the brackets"
                            + " and the indentation here and before");
        } catch (YamlEngineException e) {
            throw new DocumentException(file, "is not well-formed YAML");
        } catch (StackOverflowError e) {
            throw new DocumentException(file, "has too many levels");
        }
    }

    private JsonNode value(Node node, int level, IdentityHashMap<JsonNode, Integer> lines) throws DocumentException {
        if (level > MOST_LEVELS) {
            throw malformed(node.getStartMark().orElse(null), "has more than " + MOST_LEVELS + " levels");
        }
        if (++values > MOST_VALUES) {
            throw new DocumentException(
                    file, "has too many values; look for aliases (*) of sections that have aliases");
        }
        JsonNode value = switch (node) {
            case MappingNode mapping -> fields(mapping, level, lines);
            case SequenceNode sequence -> items(sequence, level, lines);
            case ScalarNode scalar -> scalar(scalar);
            default -> throw new IllegalStateException("a node of the kind " + node.getNodeType());
        };
        lines.putIfAbsent(value, line(node));
        return value;
    }

    private ObjectNode fields(MappingNode mapping, int level, IdentityHashMap<JsonNode, Integer> lines)
            throws DocumentException {
        ObjectNode fields = NODES.objectNode();
        ObjectNode merged = NODES.objectNode();
        for (NodeTuple field : mapping.getValue()) {
            if (!(field.getKeyNode() instanceof ScalarNode key)) {
                throw malformed(field.getKeyNode().getStartMark().orElse(null), "the name of a field must be a text");
            }
            if (fields.has(key.getValue())) {
                throw malformed(
                        key.getStartMark().orElse(null), "the field '" + key.getValue() + "' is there twice; keep one");
            }
            JsonNode value = value(field.getValueNode(), level + 1, lines);
            if (!key.getValue().equals(MERGE)) {
                fields.set(key.getValue(), value);
            } else if (value.isArray()) {
                value.forEach(each -> merge(merged, each));
            } else {
                merge(merged, value);
            }
        }
        merge(fields, merged);
        return fields;
    }

    /** Adds the fields that are not there yet. */
    private static void merge(ObjectNode fields, JsonNode more) {
        more.properties().stream()
                .filter(field -> !fields.has(field.getKey()))
                .toList()
                .forEach(field -> fields.set(field.getKey(), field.getValue()));
    }

    private ArrayNode items(SequenceNode sequence, int level, IdentityHashMap<JsonNode, Integer> lines)
            throws DocumentException {
        ArrayNode items = NODES.arrayNode();
        for (Node item : sequence.getValue()) {
            items.add(value(item, level + 1, lines));
        }
        return items;
    }

    private static JsonNode scalar(ScalarNode scalar) {
        String text = scalar.getValue();
        Tag tag = scalar.getTag();
        if (tag.equals(Tag.NULL)) {
            return NODES.nullNode();
        } else if (tag.equals(Tag.BOOL)) {
            return NODES.booleanNode(Boolean.parseBoolean(text));
        } else if (tag.equals(Tag.INT) || tag.equals(Tag.FLOAT)) {
            return number(text);
        }
        // Other tags stand for texts, too.
        return NODES.stringNode(text);
    }

    private static JsonNode number(String text) {
        try {
            return JsonMapper.shared().readTree(text);
        } catch (RuntimeException e) {
            // Such as 0o17 or .inf, which JSON has no word for.
            return NODES.stringNode(text);
        }
    }

    private static int line(Node node) {
        return node.getStartMark().map(Mark::getLine).orElse(-1) + 1;
    }

    private DocumentException malformed(@Nullable Mark mark, String problem) {
        return new DocumentException(mark == null ? file : file + ":" + (mark.getLine() + 1), problem);
    }
}
