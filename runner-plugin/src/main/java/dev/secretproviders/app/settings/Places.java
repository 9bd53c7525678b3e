package dev.secretproviders.app.settings;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * The places of configuration fields: a line of the file, or a variable. Also finds fields that are written twice. Its
 * results hold names and lines, but no values.
 */
final class Places {
    private static final int MOST_NODES = 100_000;

    private final @Nullable Path file;
    private final Map<String, String> environment;
    private final Map<String, Integer> lines = new HashMap<>();
    private final List<String> twins = new ArrayList<>();
    private int nodes;

    private Places(@Nullable Path file, Map<String, String> environment) {
        this.file = file;
        this.environment = environment;
    }

    /** Returns the places in a file. If the file is absent or malformed, lines are not known. */
    static Places of(@Nullable Path file, Map<String, String> environment) {
        Places places = new Places(file, environment);
        if (file != null) {
            try (Reader reader = Files.newBufferedReader(file)) {
                for (Node document : new Yaml(new SafeConstructor(new LoaderOptions())).composeAll(reader)) {
                    places.walk("", document);
                }
            } catch (IOException | YAMLException e) {
                // The reader of the content reports this.
                places.lines.clear();
            }
        }
        return places;
    }

    /** Returns the problems, each of the form {@code path: problem}, with the place of the field in front. */
    List<String> locate(List<String> problems) {
        return problems.stream().map(this::located).toList();
    }

    /** Returns the fields that are written twice, each with its lines. */
    List<String> duplicates() {
        return List.copyOf(twins);
    }

    private String located(String problem) {
        int colon = problem.indexOf(": ");
        if (colon < 0 || problem.startsWith("--")) {
            return problem;
        }
        String path = problem.substring(0, colon);
        String variable = variable(path);
        if (variable != null) {
            return "variable " + variable + ": " + problem;
        }
        for (String at = path; !at.isEmpty(); at = parent(at)) {
            Integer line = lines.get(plain(at));
            if (line != null) {
                return file + ":" + line + ": " + problem;
            }
        }
        return problem;
    }

    /** Returns the section of a field. The place of a missing field is its section. */
    private static String parent(String path) {
        int end = Math.max(path.lastIndexOf('.'), path.lastIndexOf('['));
        return end < 0 ? "" : path.substring(0, end);
    }

    /**
     * Returns the variable that sets a field: RUNNER_EVENTLOOPS or RUNNER_EVENT_LOOPS for {@code runner.event-loops}.
     */
    private @Nullable String variable(String path) {
        String upper = path.toUpperCase(Locale.ROOT)
                .replace('.', '_')
                .replace("[", "_")
                .replace("]", "");
        for (String name : List.of(upper.replace("-", ""), upper.replace('-', '_'))) {
            if (environment.containsKey(name)) {
                return name;
            }
        }
        return null;
    }

    private void walk(String path, Node node) {
        if (++nodes > MOST_NODES) {
            return;
        }
        if (node instanceof MappingNode mapping) {
            Map<String, Integer> known = new HashMap<>();
            for (NodeTuple field : mapping.getValue()) {
                if (field.getKeyNode() instanceof ScalarNode key) {
                    int line = key.getStartMark().getLine() + 1;
                    String at = path.isEmpty() ? key.getValue() : path + "." + key.getValue();
                    Integer first = known.putIfAbsent(key.getValue(), line);
                    if (first != null) {
                        twins.add(at + ": is written in line " + first + " already, and again in line " + line
                                + "; keep one of them");
                    }
                    lines.putIfAbsent(plain(at), line);
                    walk(at, field.getValueNode());
                }
            }
        } else if (node instanceof SequenceNode sequence) {
            int index = 0;
            for (Node item : sequence.getValue()) {
                String at = path + "[" + index++ + "]";
                lines.putIfAbsent(plain(at), item.getStartMark().getLine() + 1);
                walk(at, item);
            }
        }
    }

    private static String plain(String path) {
        return path.replace("-", "").replace("_", "").toLowerCase(Locale.ROOT);
    }
}
