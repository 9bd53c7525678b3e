package dev.secretproviders.admin.rest;

import dev.secretproviders.provider.shared.SecretJson;
import java.time.Instant;
import java.util.Collection;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** JSON as the Admin API reads and writes it: strict about what comes in. */
public final class Json {
    /** How many bytes a body may have. */
    public static final int LONGEST_BODY = 1 << 20;

    private static final int DEEPEST = 32;
    private static final int LONGEST_NUMBER = 40;

    public static final JsonMapper MAPPER = JsonMapper.builder(SecretJson.factory()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .maxNumberLength(LONGEST_NUMBER)
                            .maxStringLength(LONGEST_BODY)
                            .build())
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Json() {}

    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    public static ArrayNode array() {
        return MAPPER.createArrayNode();
    }

    /** Returns a JSON text made with single quotes. */
    public static ObjectNode parsed(String text) {
        return (ObjectNode) MAPPER.readTree(text.replace('\'', '"'));
    }

    /** Puts a time in RFC 3339, or null. */
    public static void put(ObjectNode node, String name, @Nullable Instant time) {
        if (time == null) {
            node.putNull(name);
        } else {
            node.put(name, time.toString());
        }
    }

    /** Returns APISIX's shape of one object. */
    public static ObjectNode keyed(String key, JsonNode value) {
        ObjectNode node = object();
        node.put("key", key);
        node.set("value", value);
        return node;
    }

    /** Returns APISIX's shape of a list. */
    public static ObjectNode list(int total, Collection<? extends JsonNode> entries) {
        ObjectNode node = object();
        node.put("total", total);
        ArrayNode list = node.putArray("list");
        entries.forEach(list::add);
        return node;
    }
}
