package dev.secretproviders.app.settings;

import dev.secretproviders.settings.InvalidSettingsException;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
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
import org.snakeyaml.engine.v2.schema.JsonSchema;

/**
 * The configuration file as the runner itself reads it: the fields as text, and the line of each field. Spring reads the
 * file later for the values, but its error for a malformed file quotes lines.
 *
 * <p>It does not use Spring's YAML library, because that library makes the JDK search every jar for loggers, which
 * delays the socket. Immutable.
 */
public final class ConfigurationFile {
    /** The limit of Spring's YAML library. */
    private static final int MOST_LEVELS = 50;
    /** More than fit into a file that Spring reads. Aliases can multiply them. */
    private static final int MOST_VALUES = 2_000_000;

    private static final String STANDARD = Tag.PREFIX;
    private static final Set<String> TAGS = Set.of(
            "map",
            "seq",
            "str",
            "null",
            "bool",
            "int",
            "float",
            "binary",
            "timestamp",
            "omap",
            "pairs",
            "set",
            "merge");

    private final Path file;
    private final List<Object> documents = new ArrayList<>();
    private final Map<String, Integer> lines = new HashMap<>();
    private final List<String> twins = new ArrayList<>();
    private int values;

    private ConfigurationFile(Path file) {
        this.file = file;
    }

    /**
     * Reads the file.
     *
     * @throws InvalidSettingsException if there is no such file, or it is not YAML with fields, or it has a field twice;
     *     the message names the line without its content
     */
    public static ConfigurationFile read(Path file) {
        if (!Files.exists(file)) {
            throw problem("there is no file '" + file + "'");
        }
        if (Files.isDirectory(file) || !Files.isReadable(file)) {
            throw problem("'" + file + "' is not a file that this user may read");
        }
        if (!file.toString().endsWith(".yaml") && !file.toString().endsWith(".yml")) {
            throw problem("the file's name must end in .yaml or .yml, not as '" + file.getFileName() + "' does");
        }
        ConfigurationFile read = new ConfigurationFile(file);
        LoadSettings settings =
                LoadSettings.builder().setSchema(new JsonSchema()).build();
        try (Reader reader = Files.newBufferedReader(file)) {
            // The iterator parses each document when it is requested.
            for (Node document : new Compose(settings).composeAllFromReader(reader)) {
                if (!(document instanceof MappingNode) && !document.getTag().equals(Tag.NULL)) {
                    throw problem("'" + file + "' holds no fields, such as 'runner:' with fields below it");
                }
                read.documents.add(read.value("", document, 0));
            }
        } catch (MarkedYamlEngineException e) {
            throw read.malformed(e.getProblemMark().orElse(null), remedy(e));
        } catch (YamlEngineException | IOException e) {
            throw problem("'" + file + "' cannot be read as UTF-8 text in YAML");
        } catch (StackOverflowError e) {
            throw read.tooDeep();
        }
        if (!read.twins.isEmpty()) {
            throw new InvalidSettingsException(read.twins);
        }
        return read;
    }

    /** Returns the path of the file. */
    Path file() {
        return file;
    }

    /** Returns the documents. Each is a map of maps, lists and texts. An empty document or value is an empty text. */
    public List<Object> documents() {
        return List.copyOf(documents);
    }

    /** Returns the line of a field in any spelling of its name, or null if the file does not have it. */
    @Nullable
    Integer line(String path) {
        return lines.get(plain(path));
    }

    private Object value(String path, Node node, int level) {
        if (level > MOST_LEVELS) {
            throw tooDeep();
        }
        if (++values > MOST_VALUES) {
            throw problem("'" + file + "' has too many values: look for aliases (*) of sections that have aliases");
        }
        String tag = node.getTag().getValue();
        if (!tag.startsWith(STANDARD) || !TAGS.contains(tag.substring(STANDARD.length()))) {
            throw malformed(node.getStartMark().orElse(null), "put a value that begins with ! in quotes");
        }
        return switch (node) {
            case MappingNode mapping -> fields(path, mapping, level);
            case SequenceNode sequence -> items(path, sequence, level);
            case ScalarNode scalar -> scalar.getTag().equals(Tag.NULL) ? "" : scalar.getValue();
            default -> throw new IllegalStateException("a node of the kind " + node.getNodeType());
        };
    }

    private Map<String, Object> fields(String path, MappingNode mapping, int level) {
        Map<String, Object> fields = new LinkedHashMap<>();
        Map<String, Integer> known = new HashMap<>();
        for (NodeTuple field : mapping.getValue()) {
            if (field.getKeyNode() instanceof ScalarNode key) {
                String name = key.getValue();
                int line = line(key);
                String at = path.isEmpty() ? name : path + "." + name;
                Integer first = known.putIfAbsent(name, line);
                if (first != null) {
                    twins.add(file + ": " + at + ": is written in line " + first + " already, and again in line " + line
                            + "; keep one of them");
                }
                lines.putIfAbsent(plain(at), line);
                fields.put(name, value(at, field.getValueNode(), level + 1));
            }
        }
        return fields;
    }

    private List<Object> items(String path, SequenceNode sequence, int level) {
        List<Object> items = new ArrayList<>();
        for (Node item : sequence.getValue()) {
            String at = path + "[" + items.size() + "]";
            lines.putIfAbsent(plain(at), line(item));
            items.add(value(at, item, level + 1));
        }
        return items;
    }

    private static int line(Node node) {
        return node.getStartMark().map(Mark::getLine).orElse(0) + 1;
    }

    private static String plain(String path) {
        return path.replace("-", "").replace("_", "").toLowerCase(Locale.ROOT);
    }

    private InvalidSettingsException malformed(@Nullable Mark mark, String remedy) {
        String where = mark == null ? "" : " at line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1);
        return problem("'" + file + "' is not well-formed YAML" + where + ": " + remedy);
    }

    private InvalidSettingsException tooDeep() {
        return problem("'" + file + "' has more than " + MOST_LEVELS
                + " levels: look for brackets that are not closed, and for a section with an alias (*) of itself");
    }

    /** Returns what to do about an error. The library's own message may quote the file. */
    private static String remedy(MarkedYamlEngineException e) {
        String problem = e.getContext() + " " + e.getProblem();
        if (problem.contains("TAB")) {
            return "indent with spaces, not with tabs";
        }
        if (problem.contains("cannot start any token")) {
            return "put a value that begins with @, % or ` in quotes";
        }
        if (problem.contains("alias") || problem.contains("anchor") || problem.contains("directive")) {
            return "put a value that begins with *, & or % in quotes";
        }
        if (problem.contains(" tag")) {
            return "put a value that begins with ! in quotes";
        }
        if (problem.contains("mapping values are not allowed")) {
            return "put a value that has a colon and a space in quotes, and look at the indentation";
        }
        return "look for a quote or bracket that is not closed, and at the indentation";
    }

    private static InvalidSettingsException problem(String problem) {
        return new InvalidSettingsException(List.of("--config: " + problem));
    }
}
