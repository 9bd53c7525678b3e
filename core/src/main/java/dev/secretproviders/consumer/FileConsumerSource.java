package dev.secretproviders.consumer;

import dev.secretproviders.provider.shared.Causes;
import dev.secretproviders.provider.shared.SecretJson;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Consumers from the file that APISIX reads in standalone mode ({@code apisix.yaml} or {@code apisix.json}; {@code
 * apisix/core/config_yaml.lua}). A file that is incomplete or malformed changes nothing.
 */
final class FileConsumerSource extends FollowingSource {
    private static final Logger LOG = LoggerFactory.getLogger(FileConsumerSource.class);
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{\\{\\s*(\\w+)\\s*(?::=\\s*(.*?)\\s*)?}}");
    private static final long LOOK_AGAIN_MILLIS = 1_000;

    private final Path file;
    private final GatewayTable table;
    private final Map<String, String> environment;
    private final ObjectMapper mapper;
    private final boolean yaml;
    private final Notices system;

    /** Where notices of changes come from. */
    interface Notices {
        WatchService open() throws IOException;
    }

    FileConsumerSource(Path file, GatewayTable table, Map<String, String> environment) {
        this(file, table, environment, file.getFileSystem()::newWatchService);
    }

    FileConsumerSource(Path file, GatewayTable table, Map<String, String> environment, Notices system) {
        super("file", Duration.ofMillis(LOOK_AGAIN_MILLIS));
        this.file = file.toAbsolutePath();
        this.table = table;
        this.environment = environment;
        this.system = system;
        this.yaml = !file.toString().endsWith(".json");
        this.mapper = yaml ? YAMLMapper.builder().build() : SecretJson.mapper().build();
    }

    @Override
    void follow() throws ConsumerSourceException, InterruptedException {
        Path directory = Objects.requireNonNull(file.getParent());
        try (WatchService watch = notices()) {
            if (watch != null) {
                directory.register(
                        watch,
                        StandardWatchEventKinds.ENTRY_CREATE,
                        StandardWatchEventKinds.ENTRY_MODIFY,
                        StandardWatchEventKinds.ENTRY_DELETE);
            }
            Object seen = null;
            while (true) {
                Object now = stamp();
                if (!now.equals(seen)) {
                    take(read());
                    seen = now;
                } else {
                    recordUnchanged();
                }
                // The watch makes it quick. The periodic check covers mounts that report no changes.
                awaitChange(watch);
            }
        } catch (IOException e) {
            throw new ConsumerSourceException("'" + file + "' cannot be read: " + Causes.words(e));
        }
    }

    /** Returns null if the system gives no more notices. Then the periodic check has to do. */
    private @Nullable WatchService notices() {
        try {
            return system.open();
        } catch (IOException e) {
            LOG.warn(
                    "changes of {} are found within {} ms instead of at once, because the system watches no more files"
                            + " ({}); raise fs.inotify.max_user_instances",
                    file,
                    LOOK_AGAIN_MILLIS,
                    e.getMessage());
            return null;
        }
    }

    private static void awaitChange(@Nullable WatchService watch) throws InterruptedException {
        if (watch == null) {
            Thread.sleep(LOOK_AGAIN_MILLIS);
            return;
        }
        WatchKey key = watch.poll(LOOK_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
        if (key != null) {
            key.pollEvents();
            key.reset();
        }
    }

    private Object stamp() throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return attributes.lastModifiedTime() + " " + attributes.size() + " " + attributes.fileKey();
    }

    private JsonNode read() throws IOException, ConsumerSourceException {
        String text;
        try {
            text = Files.readString(file);
        } catch (CharacterCodingException e) {
            throw new ConsumerSourceException("'" + file + "' is not UTF-8 text");
        }
        if (yaml && !text.stripTrailing().endsWith("#END")) {
            throw new ConsumerSourceException(
                    "'" + file + "' does not end with a line #END, as APISIX demands; it may be incomplete");
        }
        JsonNode root;
        try {
            root = mapper.readTree(text);
        } catch (JacksonException e) {
            throw new ConsumerSourceException("'" + file + "' is not well-formed"
                    + (e.getLocation() == null
                            ? ""
                            : ", line " + e.getLocation().getLineNr()));
        }
        return root;
    }

    private void take(JsonNode root) throws ConsumerSourceException {
        JsonNode consumers = root.path(GatewayTable.CONSUMERS);
        if (!consumers.isMissingNode() && !consumers.isNull() && !consumers.isArray()) {
            throw new ConsumerSourceException("'" + file + "': consumers: expected a list");
        }
        Set<String> places = new HashSet<>();
        int position = 0;
        for (JsonNode consumer : consumers) {
            position++;
            String place = place(consumer);
            if (place == null) {
                place = "number " + position;
                unreadable(place, "expected a username, or an id such as jack/credentials/one");
            } else if (!places.add(place)) {
                unreadable(place, "is listed twice in the file; remove one of them");
                continue;
            } else {
                try {
                    table.put(GatewayTable.CONSUMERS, place, substitute(consumer));
                } catch (UnsetVariableException e) {
                    unreadable(place, String.valueOf(e.getMessage()));
                }
            }
            places.add(place);
        }
        table.retain(GatewayTable.CONSUMERS, places);
        GatewayTable.OTHERS.forEach(directory -> readOtherObjects(directory, root.path(directory)));
        tell(table.snapshot());
    }

    private void unreadable(String place, String problem) {
        table.putUnreadable(GatewayTable.CONSUMERS, place, problem);
    }

    /**
     * Reads the objects of another directory. As in APISIX, an object without an id gets a number, and one that uses an
     * unset variable is left out.
     */
    private void readOtherObjects(String directory, JsonNode objects) {
        Set<String> places = new HashSet<>();
        int position = 0;
        for (JsonNode object : objects) {
            position++;
            JsonNode id = object.path("id");
            String place = id.isString() || id.isNumber() ? id.asString() : Integer.toString(position);
            try {
                table.put(directory, place, substitute(object));
                places.add(place);
            } catch (UnsetVariableException e) {
                LOG.debug("{} {} is left out: {}", directory, place, e.getMessage());
            }
        }
        table.retain(directory, places);
    }

    @Override
    public List<SecretObject> secretObjects() throws ConsumerSourceException {
        List<SecretObject> objects = new ArrayList<>();
        try {
            for (JsonNode object : read().path("secrets")) {
                SecretObject.read(object.path("id").asString(""), substitute(object))
                        .ifPresent(objects::add);
            }
        } catch (IOException e) {
            throw new ConsumerSourceException("'" + file + "' cannot be read: " + Causes.words(e));
        } catch (UnsetVariableException e) {
            throw new ConsumerSourceException(String.valueOf(e.getMessage()));
        }
        return objects;
    }

    /**
     * Returns the place of a consumer or credential. Credentials are in the same list, and recognised by their id
     * ({@code apisix/consumer.lua}).
     */
    private static @Nullable String place(JsonNode consumer) {
        JsonNode id = consumer.path("id");
        if (id.isString() && id.stringValue().contains("/credentials/")) {
            return id.stringValue();
        }
        JsonNode username = consumer.path("username");
        return username.isString() && !username.stringValue().isEmpty() ? username.stringValue() : null;
    }

    /**
     * Substitutes variables as APISIX does ({@code apisix/cli/file.lua}): <code>${{NAME}}</code>,
     * <code>${{NAME:=default}}</code>.
     */
    private JsonNode substitute(JsonNode node) throws UnsetVariableException {
        if (node.isString()) {
            return StringNode.valueOf(substitute(node.stringValue()));
        }
        if (node instanceof ObjectNode object) {
            for (Map.Entry<String, JsonNode> field : object.properties()) {
                field.setValue(substitute(field.getValue()));
            }
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                array.set(i, substitute(array.get(i)));
            }
        }
        return node;
    }

    private String substitute(String text) throws UnsetVariableException {
        Matcher variable = VARIABLE.matcher(text);
        StringBuilder out = new StringBuilder();
        while (variable.find()) {
            String value = environment.getOrDefault(variable.group(1), variable.group(2));
            if (value == null) {
                throw new UnsetVariableException(variable.group(1));
            }
            variable.appendReplacement(out, Matcher.quoteReplacement(value));
        }
        return variable.appendTail(out).toString();
    }

    /** A variable has neither value nor default. Its placeholder must not become a key. */
    private static final class UnsetVariableException extends Exception {
        private static final long serialVersionUID = 1L;

        UnsetVariableException(String name) {
            super("the environment variable " + name + " is not set for the runner; set it, or write ${{" + name
                    + ":=default}}");
        }
    }
}
