package dev.secretproviders.auth.route;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The fields of a route's configuration. Each is read by its name, with its default and limits. Immutable. */
public final class ConfigFields {
    private static final Pattern HEADER_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}");
    private static final Pattern REALM = Pattern.compile("[\\x20-\\x7e&&[^\"\\\\]]{1,128}");

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final JsonNode tree;

    private ConfigFields(JsonNode tree) {
        this.tree = tree;
    }

    /**
     * Reads a configuration.
     *
     * @param json a JSON object; an empty string means all defaults
     * @param example an example of a value, for the message to a user whose value is no object
     * @param own the names of the fields of this kind, besides those of {@link RouteOptions}
     * @throws InvalidAuthConfigException if it is not a JSON object, or a field is unknown
     */
    public static ConfigFields parse(String json, String example, List<String> own) throws InvalidAuthConfigException {
        return of(read(json), example, own, RouteOptions.FIELDS);
    }

    /**
     * Reads a configuration without the options that all kinds have.
     *
     * @param fields the names of its fields
     * @throws InvalidAuthConfigException if it is not a JSON object, or a field is unknown
     */
    public static ConfigFields parseOnly(String json, String example, List<String> fields)
            throws InvalidAuthConfigException {
        return of(read(json), example, fields, List.of());
    }

    private static JsonNode read(String json) throws InvalidAuthConfigException {
        try {
            return JSON.readTree(json.isBlank() ? "{}" : json);
        } catch (JacksonException e) {
            TokenStreamLocation place = e.getLocation();
            throw new InvalidAuthConfigException("the value is not one well-formed JSON object with each field once"
                    + (place == null ? "" : " (line " + place.getLineNr() + ", column " + place.getColumnNr() + ")"));
        }
    }

    private static ConfigFields of(JsonNode tree, String example, List<String> own, List<String> common)
            throws InvalidAuthConfigException {
        if (!tree.isObject()) {
            throw new InvalidAuthConfigException("the value must be a JSON object, for example " + example);
        }
        List<String> names = new ArrayList<>(own);
        names.addAll(common);
        for (Map.Entry<String, JsonNode> field : tree.properties()) {
            if (!names.contains(field.getKey())) {
                throw new InvalidAuthConfigException("unknown field '" + field.getKey() + "'; known "
                        + (names.size() == 1
                                ? "is "
                                : "are " + String.join(", ", names.subList(0, names.size() - 1)) + " and ")
                        + names.getLast());
            }
        }
        return new ConfigFields(tree);
    }

    /**
     * Returns the options that all kinds have.
     *
     * @param realm the default of the realm
     */
    public RouteOptions options(String realm) throws InvalidAuthConfigException {
        String given = text("realm", realm);
        if (!REALM.matcher(given).matches()) {
            throw new InvalidAuthConfigException(
                    "realm must be 1 to 128 printable ASCII characters without quotes and backslashes");
        }
        return new RouteOptions(
                flag("hide_credentials"), given, optional("anonymous_consumer"), flag("remove_look_alikes"));
    }

    /** Returns whether the field is there. */
    public boolean has(String name) {
        return tree.has(name);
    }

    /** Returns a field that is true or false; false if it is not there. */
    public boolean flag(String name) throws InvalidAuthConfigException {
        JsonNode value = tree.get(name);
        if (value != null && !value.isBoolean()) {
            throw new InvalidAuthConfigException(name + " must be true or false");
        }
        return value != null && value.booleanValue();
    }

    /** Returns a text that is not empty. */
    public String text(String name, String fallback) throws InvalidAuthConfigException {
        JsonNode value = tree.get(name);
        if (value == null) {
            return fallback;
        }
        if (!value.isString() || value.stringValue().isEmpty()) {
            throw new InvalidAuthConfigException(name + " must be a string that is not empty");
        }
        return value.stringValue();
    }

    /** Returns a text that is not empty, or null if the field is not there. */
    public @Nullable String optional(String name) throws InvalidAuthConfigException {
        return tree.has(name) ? text(name, "") : null;
    }

    /** Returns the name of a header, in lower case. */
    public String header(String name, String fallback) throws InvalidAuthConfigException {
        return headerName(name, text(name, fallback));
    }

    private static String headerName(String name, String header) throws InvalidAuthConfigException {
        if (!HEADER_NAME.matcher(header).matches()) {
            throw new InvalidAuthConfigException(name + " must be the name of an HTTP header");
        }
        return header.toLowerCase(Locale.ROOT);
    }

    /** Returns names of headers, in lower case; none if the field is not there. */
    public List<String> headers(String name) throws InvalidAuthConfigException {
        List<String> headers = new ArrayList<>();
        for (String header : texts(name, List.of())) {
            headers.add(headerName(name, header));
        }
        return List.copyOf(headers);
    }

    /** Returns a list of texts that are not empty; it may be an empty list. */
    public List<String> texts(String name, List<String> fallback) throws InvalidAuthConfigException {
        JsonNode value = tree.get(name);
        if (value == null) {
            return fallback;
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode text : value) {
            if (!text.isString() || text.stringValue().isEmpty()) {
                throw new InvalidAuthConfigException(name + " must be a list of strings that are not empty");
            }
            texts.add(text.stringValue());
        }
        if (!value.isArray()) {
            throw new InvalidAuthConfigException(name + " must be a list of strings that are not empty");
        }
        return List.copyOf(texts);
    }

    /** Returns a whole number within limits. */
    public long whole(String name, long least, long most, long fallback) throws InvalidAuthConfigException {
        JsonNode value = tree.get(name);
        if (value == null) {
            return fallback;
        }
        if (!value.isIntegralNumber()
                || !value.canConvertToLong()
                || value.longValue() < least
                || value.longValue() > most) {
            throw new InvalidAuthConfigException(name + " must be a whole number from " + least + " to " + most);
        }
        return value.longValue();
    }

    /** Returns the field as it is written, or null if it is not there. */
    public @Nullable JsonNode json(String name) {
        return tree.get(name);
    }
}
