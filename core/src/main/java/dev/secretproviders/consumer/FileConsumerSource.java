package dev.secretproviders.consumer;

import dev.secretproviders.consumer.GatewayDocument.UnreadableObjectException;
import dev.secretproviders.provider.shared.Causes;
import dev.secretproviders.provider.shared.FileNotices;
import dev.secretproviders.provider.shared.FileWatch;
import dev.secretproviders.provider.shared.SecretJson;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{\\{\\s*(\\w+)\\s*(?::=\\s*(.*?)\\s*)?}}");
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private final Path file;
    private final GatewayTable table;
    private final Map<String, String> environment;
    private final ObjectMapper mapper;
    private final boolean yaml;
    private final FileNotices system;

    FileConsumerSource(Path file, GatewayTable table, Map<String, String> environment) {
        this(file, table, environment, FileNotices.of(file));
    }

    FileConsumerSource(Path file, GatewayTable table, Map<String, String> environment, FileNotices system) {
        super("file", LOOK_AGAIN);
        this.file = file.toAbsolutePath();
        this.table = table;
        this.environment = environment;
        this.system = system;
        this.yaml = !file.toString().endsWith(".json");
        this.mapper = yaml ? YAMLMapper.builder().build() : SecretJson.mapper().build();
    }

    @Override
    void follow() throws ConsumerSourceException, InterruptedException {
        try (FileWatch watch = system.watch(file, LOOK_AGAIN)) {
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
                watch.await(Duration.ZERO);
            }
        } catch (IOException e) {
            throw new ConsumerSourceException("'" + file + "' cannot be read: " + Causes.words(e));
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
        new GatewayDocument(root, this::substitute).into(table, "'" + file + "'");
        tell(table.snapshot());
    }

    @Override
    public List<SecretObject> secretObjects() throws ConsumerSourceException {
        try {
            return new GatewayDocument(read(), this::substitute).secretObjects();
        } catch (IOException e) {
            throw new ConsumerSourceException("'" + file + "' cannot be read: " + Causes.words(e));
        }
    }

    /**
     * Substitutes variables as APISIX does ({@code apisix/cli/file.lua}): <code>${{NAME}}</code>,
     * <code>${{NAME:=default}}</code>.
     */
    private JsonNode substitute(JsonNode node) throws UnreadableObjectException {
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

    private String substitute(String text) throws UnreadableObjectException {
        Matcher variable = VARIABLE.matcher(text);
        StringBuilder out = new StringBuilder();
        while (variable.find()) {
            String value = environment.getOrDefault(variable.group(1), variable.group(2));
            if (value == null) {
                // Its placeholder must not become a key.
                throw new UnreadableObjectException("the environment variable " + variable.group(1)
                        + " is not set for the runner; set it, or write ${{" + variable.group(1) + ":=default}}");
            }
            variable.appendReplacement(out, Matcher.quoteReplacement(value));
        }
        return variable.appendTail(out).toString();
    }
}
