package dev.secretproviders.provider.shared;

import dev.secretproviders.spi.Secret;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** The fields of a secret that is a JSON object. Thread-safe. */
public final class JsonFields {
    /** The names of the fields that limit when a credential counts. */
    public static final List<String> LIMITS = List.of("not_before", "expires_at", "disabled");

    private JsonFields() {}

    /**
     * Returns the strings, numbers and booleans of an object. A limit that is a list or an object is kept as its JSON
     * text: a credential with a limit that cannot be read is refused, but without the limit it would count.
     *
     * @return new secrets, which the caller closes
     */
    public static Map<String, Secret> of(JsonNode object) {
        Map<String, Secret> fields = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> field : object.properties()) {
            JsonNode value = field.getValue();
            if (value.isValueNode() && !value.isNull()) {
                fields.put(field.getKey(), Secret.ofUtf8(value.asString()));
            } else if (value.isContainer() && LIMITS.contains(field.getKey())) {
                fields.put(field.getKey(), Secret.ofUtf8(value.toString()));
            }
        }
        return fields;
    }
}
