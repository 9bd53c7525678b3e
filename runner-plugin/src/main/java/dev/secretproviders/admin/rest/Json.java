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

/** JSON helpers of the Admin API. Parsing is strict. */
public final class Json {
    /** The greatest size of a body, in bytes. */
    public static final int LONGEST_BODY = 1 << 20;

    private static final int DEEPEST = 32;
    private static final int LONGEST_NUMBER = 40;

    /** Reads and writes JSON. Refuses duplicate fields, trailing content and excessive depth. */
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

    /** Returns an empty object. */
    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /** Returns an empty array. */
    public static ArrayNode array() {
        return MAPPER.createArrayNode();
    }

    /** Parses a JSON object that is written with single quotes. */
    public static ObjectNode parsed(String text) {
        return (ObjectNode) MAPPER.readTree(text.replace('\'', '"'));
    }

    /** Returns a text of a body, or null if it is missing or no text. */
    public static @Nullable String text(ObjectNode body, String name) {
        JsonNode node = body.path(name);
        return node.isString() ? node.stringValue() : null;
    }

    /** Puts a time in RFC 3339 format, or null. */
    public static void put(ObjectNode node, String name, @Nullable Instant time) {
        if (time == null) {
            node.putNull(name);
        } else {
            node.put(name, time.toString());
        }
    }

    /** Returns an object in APISIX's format. */
    public static ObjectNode keyed(String key, JsonNode value) {
        ObjectNode node = object();
        node.put("key", key);
        node.set("value", value);
        return node;
    }

    /** Returns a list in APISIX's format. */
    public static ObjectNode list(int total, Collection<? extends JsonNode> entries) {
        ObjectNode node = object();
        node.put("total", total);
        ArrayNode list = node.putArray("list");
        entries.forEach(list::add);
        return node;
    }
}
