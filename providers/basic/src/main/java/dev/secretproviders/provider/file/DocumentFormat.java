package dev.secretproviders.provider.file;

import dev.secretproviders.provider.shared.JsonFields;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.Secret;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLParser;

/** The format of a secrets file. All formats yield values named by paths such as {@code jack/key}. */
enum DocumentFormat {
    PROPERTIES {
        @Override
        void read(byte[] bytes, Fields fields) throws ProviderException {
            Properties properties = new Properties();
            try {
                properties.load(new InputStreamReader(new ByteArrayInputStream(bytes), StandardCharsets.UTF_8));
            } catch (IOException | IllegalArgumentException e) {
                throw fields.invalid("has a malformed \\u escape", null);
            }
            for (String name : properties.stringPropertyNames()) {
                fields.add(name, properties.getProperty(name), null);
            }
        }
    },
    YAML {
        @Override
        void read(byte[] bytes, Fields fields) throws ProviderException {
            readTokens(new YAMLFactory(), bytes, fields);
        }
    },
    JSON {
        @Override
        void read(byte[] bytes, Fields fields) throws ProviderException {
            readTokens(new JsonFactory(), bytes, fields);
        }
    };

    /** Returns the format by the file's name, or null. */
    static @Nullable DocumentFormat of(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(".properties")) {
            return PROPERTIES;
        }
        if (name.endsWith(".yaml") || name.endsWith(".yml")) {
            return YAML;
        }
        return name.endsWith(".json") ? JSON : null;
    }

    static String canonical(String path) {
        return path.replace('.', '/');
    }

    Map<String, Secret> read(byte[] bytes, Path file) throws ProviderException {
        Fields fields = new Fields(file);
        try {
            read(bytes, fields);
        } catch (ProviderException e) {
            fields.values.values().forEach(Secret::close);
            throw e;
        }
        return fields.values;
    }

    abstract void read(byte[] bytes, Fields fields) throws ProviderException;

    /**
     * Reads token by token instead of into a tree. A number keeps its spelling, so an unquoted key {@code 0123} or
     * {@code 1e5} is not changed.
     */
    private static void readTokens(TokenStreamFactory factory, byte[] bytes, Fields fields) throws ProviderException {
        Deque<String> path = new ArrayDeque<>();
        int lists = 0;
        try (JsonParser parser = factory.createParser(ObjectReadContext.empty(), bytes)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw fields.invalid("must hold names with values", parser);
            }
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                switch (token) {
                    case START_ARRAY -> {
                        if (lists == 0) {
                            fields.addUnreadable(path, token, parser);
                        }
                        lists++;
                    }
                    case END_ARRAY -> {
                        lists--;
                        if (lists == 0) {
                            path.removeLast();
                        }
                    }
                    case PROPERTY_NAME -> {
                        if (lists == 0) {
                            path.addLast(parser.currentName());
                        }
                    }
                    case END_OBJECT -> {
                        if (lists == 0 && !path.isEmpty()) {
                            path.removeLast();
                        } else if (lists == 0 && parser.nextToken() != null) {
                            throw fields.invalid("must hold one document", parser);
                        }
                    }
                    case VALUE_STRING, VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT, VALUE_TRUE, VALUE_FALSE, VALUE_NULL -> {
                        if (lists == 0) {
                            if (parser instanceof YAMLParser yaml && yaml.isCurrentAlias()) {
                                throw fields.invalid("has an alias (*name), write the value instead,", parser);
                            }
                            if (token != JsonToken.VALUE_NULL) {
                                fields.add(String.join("/", path), parser.getString(), parser);
                            }
                            path.removeLast();
                        }
                    }
                    case START_OBJECT -> {
                        if (lists == 0) {
                            fields.addUnreadable(path, token, parser);
                        }
                    }
                    case NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT -> {}
                }
            }
        } catch (JacksonException e) {
            // Neither message nor cause: both quote the file.
            throw fields.invalid(
                    "is malformed",
                    e.getLocation() == null ? -1 : e.getLocation().getLineNr());
        }
    }

    /** Collects values; two spellings of one path are an error rather than a guess. */
    static final class Fields {
        private final Path file;
        private final Map<String, Secret> values = new LinkedHashMap<>();

        private Fields(Path file) {
            this.file = file;
        }

        private void add(String name, String value, @Nullable JsonParser parser) throws ProviderException {
            if (values.putIfAbsent(canonical(name), Secret.ofUtf8(value)) != null) {
                throw invalid("names one value twice (. and / mean the same)", parser);
            }
        }

        /** Keeps a limit that is a list or an object as a text that cannot be read as one; see {@link JsonFields}. */
        private void addUnreadable(Deque<String> path, JsonToken token, JsonParser parser) throws ProviderException {
            if (path.size() == 1 && JsonFields.LIMITS.contains(path.getLast())) {
                add(path.getLast(), String.valueOf(token.asString()), parser);
            }
        }

        private ProviderException invalid(String problem, @Nullable JsonParser parser) {
            return invalid(
                    problem, parser == null ? -1 : parser.currentTokenLocation().getLineNr());
        }

        private ProviderException invalid(String problem, int line) {
            return new ProviderException(
                    Kind.INVALID_ANSWER, file + " " + problem + (line > 0 ? " at line " + line : ""));
        }
    }
}
