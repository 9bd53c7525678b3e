package dev.secretproviders.auth;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A route's configuration of {@code secret-key-auth}. It has the fields, defaults and limits of APISIX's own {@code
 * key-auth} ({@code apisix/plugins/key-auth.lua}, {@code apisix/schema_def.lua}), and one more field.
 *
 * @param header the request header that carries the key
 * @param query the query argument that carries it if the header is absent
 * @param hideCredentials whether the key is removed from the request
 * @param realm the realm named in {@code WWW-Authenticate}
 * @param anonymousConsumer the consumer that requests without a valid key count as, or null if they are refused
 * @param removeLookAlikes whether other spellings of the identity headers are removed even if none arrived; not in
 *     APISIX
 */
public record KeyAuthConfig(
        String header,
        String query,
        boolean hideCredentials,
        String realm,
        @Nullable String anonymousConsumer,
        boolean removeLookAlikes) {
    private static final Set<String> FIELDS =
            Set.of("header", "query", "hide_credentials", "realm", "anonymous_consumer", "remove_look_alikes");
    private static final Pattern HEADER_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}");
    private static final Pattern REALM = Pattern.compile("[\\x20-\\x7e&&[^\"\\\\]]{1,128}");

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /**
     * Reads a configuration.
     *
     * @param json a JSON object; an empty string means all defaults
     * @throws InvalidKeyAuthConfigException if it is not JSON, or a field is unknown, of the wrong type or out of bounds
     */
    public static KeyAuthConfig parse(String json) throws InvalidKeyAuthConfigException {
        JsonNode tree;
        try {
            tree = JSON.readTree(json.isBlank() ? "{}" : json);
        } catch (JacksonException e) {
            TokenStreamLocation place = e.getLocation();
            throw new InvalidKeyAuthConfigException("the value is not one well-formed JSON object with each field once"
                    + (place == null ? "" : " (line " + place.getLineNr() + ", column " + place.getColumnNr() + ")"));
        }
        if (!tree.isObject()) {
            throw new InvalidKeyAuthConfigException(
                    "the value must be a JSON object, for example {\"header\":\"apikey\"}");
        }
        for (Map.Entry<String, JsonNode> field : tree.properties()) {
            if (!FIELDS.contains(field.getKey())) {
                throw new InvalidKeyAuthConfigException(
                        "unknown field '" + field.getKey()
                                + "'; known are header, query, hide_credentials, realm, anonymous_consumer and remove_look_alikes");
            }
        }
        String header = text(tree, "header", "apikey");
        if (!HEADER_NAME.matcher(header).matches()) {
            throw new InvalidKeyAuthConfigException("header must be the name of an HTTP header");
        }
        String realm = text(tree, "realm", "key");
        if (!REALM.matcher(realm).matches()) {
            throw new InvalidKeyAuthConfigException(
                    "realm must be 1 to 128 printable ASCII characters without quotes and backslashes");
        }
        return new KeyAuthConfig(
                header.toLowerCase(Locale.ROOT),
                text(tree, "query", "apikey"),
                flag(tree, "hide_credentials"),
                realm,
                tree.has("anonymous_consumer") ? text(tree, "anonymous_consumer", "") : null,
                flag(tree, "remove_look_alikes"));
    }

    private static boolean flag(JsonNode tree, String name) throws InvalidKeyAuthConfigException {
        JsonNode value = tree.get(name);
        if (value != null && !value.isBoolean()) {
            throw new InvalidKeyAuthConfigException(name + " must be true or false");
        }
        return value != null && value.booleanValue();
    }

    private static String text(JsonNode tree, String name, String fallback) throws InvalidKeyAuthConfigException {
        JsonNode value = tree.get(name);
        if (value == null) {
            return fallback;
        }
        if (!value.isString() || value.stringValue().isEmpty()) {
            throw new InvalidKeyAuthConfigException(name + " must be a string that is not empty");
        }
        return value.stringValue();
    }
}
