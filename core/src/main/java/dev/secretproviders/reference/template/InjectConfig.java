package dev.secretproviders.reference.template;

import dev.secretproviders.settings.Spelling;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A route's configuration of {@code secret-inject}: what the upstream gets. Immutable.
 *
 * @param headers request headers; each replaces what the client sent
 * @param arguments query arguments; each replaces what the client sent
 * @param cookies cookies; each replaces the client's cookies of that name and no others
 */
public record InjectConfig(List<Entry> headers, List<Entry> arguments, List<Entry> cookies) {
    /** The name of the filter and of the companion's plugin. */
    public static final String PLUGIN = "secret-inject";

    private static final String EXAMPLE =
            "{\"headers\":{\"Authorization\":\"Bearer ${secret://vault/prod/billing/token}\"}}";
    private static final int MOST_ENTRIES = 64;
    /** Each of them is kept resolved, for each consumer if it has the placeholder. */
    private static final int MOST_REFERENCES = 128;

    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}");
    private static final Pattern ARGUMENT = Pattern.compile("[\\x21-\\x7e]{1,256}");

    /** Headers that frame the message, choose the host, or say who the consumer is. Other plugins own them. */
    private static final Set<String> FORBIDDEN = Set.of(
            "connection",
            "content-length",
            "expect",
            "host",
            "keep-alive",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "x-consumer-username",
            "x-credential-identifier",
            "x-consumer-custom-id");

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** The three places, as the configuration names them. */
    public enum Place {
        /** Request headers. */
        HEADERS,
        /** Query arguments. */
        QUERY,
        /** Cookies. */
        COOKIES;

        private static final List<String> NAMES = List.of("headers", "query", "cookies");

        /** Returns the name of the field. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The name and the value of a header, query argument or cookie. */
    public record Entry(String name, ValueTemplate value) {}

    /** Copies the lists. */
    public InjectConfig {
        headers = List.copyOf(headers);
        arguments = List.copyOf(arguments);
        cookies = List.copyOf(cookies);
    }

    /**
     * Reads a configuration.
     *
     * @param json a JSON object
     * @throws InvalidInjectConfigException if it is none, or a field or value is wrong
     */
    public static InjectConfig parse(String json) throws InvalidInjectConfigException {
        try {
            return of(JSON.readTree(json.isBlank() ? "{}" : json), List.of());
        } catch (JacksonException e) {
            TokenStreamLocation place = e.getLocation();
            throw new InvalidInjectConfigException("the value is not one well-formed JSON object with each field once"
                    + (place == null ? "" : " (line " + place.getLineNr() + ", column " + place.getColumnNr() + ")"));
        }
    }

    /**
     * Reads the configuration of the companion's plugin. Fields that are not about values are left to the plugin.
     *
     * @throws InvalidInjectConfigException as {@link #parse}
     */
    public static InjectConfig ofPlugin(JsonNode tree) throws InvalidInjectConfigException {
        return of(tree, List.of("_meta", "value_ttl", "grace"));
    }

    private static InjectConfig of(JsonNode tree, List<String> ignored) throws InvalidInjectConfigException {
        if (!tree.isObject()) {
            throw new InvalidInjectConfigException("the value must be a JSON object, for example " + EXAMPLE);
        }
        for (Map.Entry<String, JsonNode> field : tree.properties()) {
            String name = field.getKey();
            if (!Place.NAMES.contains(name) && !ignored.contains(name)) {
                String nearest = Spelling.nearest(name, Place.NAMES);
                throw new InvalidInjectConfigException("unknown field '" + name + "'"
                        + (nearest == null ? "" : "; did you mean '" + nearest + "'?")
                        + "; known are headers, query and cookies");
            }
        }
        InjectConfig config = new InjectConfig(
                entries(tree, Place.HEADERS), entries(tree, Place.QUERY), entries(tree, Place.COOKIES));
        if (config.headers.isEmpty() && config.arguments.isEmpty() && config.cookies.isEmpty()) {
            throw new InvalidInjectConfigException("names nothing to inject; for example " + EXAMPLE);
        }
        if (config.referenceCount() > MOST_REFERENCES) {
            throw new InvalidInjectConfigException("names more than " + MOST_REFERENCES
                    + " references, with alternatives; divide it into several routes");
        }
        return config;
    }

    private static List<Entry> entries(JsonNode tree, Place place) throws InvalidInjectConfigException {
        JsonNode object = tree.path(place.text());
        if (object.isMissingNode()) {
            return List.of();
        }
        if (!object.isObject() || object.size() > MOST_ENTRIES) {
            throw new InvalidInjectConfigException(
                    place.text() + " must be an object of at most " + MOST_ENTRIES + " names with their values");
        }
        List<Entry> entries = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (Map.Entry<String, JsonNode> field : object.properties()) {
            String name = field.getKey();
            checkName(place, name);
            if (!seen.add(place == Place.HEADERS ? name.toLowerCase(Locale.ROOT) : name)) {
                throw new InvalidInjectConfigException(place.text() + "." + name + " stands twice");
            }
            if (!field.getValue().isString()) {
                throw new InvalidInjectConfigException(place.text() + "." + name + " must be a string");
            }
            entries.add(new Entry(
                    name,
                    ValueTemplate.parse(
                            place.text() + "." + name, field.getValue().stringValue())));
        }
        return entries;
    }

    private static void checkName(Place place, String name) throws InvalidInjectConfigException {
        Pattern form = place == Place.QUERY ? ARGUMENT : TOKEN;
        if (!form.matcher(name).matches()) {
            throw new InvalidInjectConfigException(place.text()
                    + switch (place) {
                        case HEADERS -> ": a name is not the name of an HTTP header";
                        case QUERY -> ": a name is empty, too long, or not printable ASCII without spaces";
                        case COOKIES -> ": a name is not the name of a cookie";
                    });
        }
        if (place != Place.HEADERS) {
            return;
        }
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.equals("cookie")) {
            throw new InvalidInjectConfigException("headers." + name + ": write the cookie into the field cookies");
        }
        if (FORBIDDEN.contains(lower.replace('_', '-'))) {
            throw new InvalidInjectConfigException(
                    "headers." + name + " cannot be injected: it belongs to the connection or to the consumer");
        }
    }

    /** Calls {@code visitor} with each field, such as {@code headers.Authorization}, and its value. */
    public void forEach(BiConsumer<String, ValueTemplate> visitor) {
        headers.forEach(entry -> visitor.accept("headers." + entry.name(), entry.value()));
        arguments.forEach(entry -> visitor.accept("query." + entry.name(), entry.value()));
        cookies.forEach(entry -> visitor.accept("cookies." + entry.name(), entry.value()));
    }

    private int referenceCount() {
        int[] count = {0};
        forEach((field, value) -> value.references()
                .forEach(reference -> count[0] += reference.alternatives().size()));
        return count[0];
    }

    /** Returns whether values depend on the request's consumer. */
    public boolean perConsumer() {
        boolean[] found = {false};
        forEach((field, value) -> found[0] |= value.perConsumer());
        return found[0];
    }
}
