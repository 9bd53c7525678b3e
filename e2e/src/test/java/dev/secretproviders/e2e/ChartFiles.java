package dev.secretproviders.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The files below {@code kubernetes}. */
final class ChartFiles {
    static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    static final Path KUBERNETES = ROOT.resolve("kubernetes");
    static final Path CHART = KUBERNETES.resolve("chart");
    static final Path OVERLAY = KUBERNETES.resolve("apisix-values.yaml");

    private ChartFiles() {}

    /** Returns the example values of our chart, those for APISIX's own chart left out. */
    static List<Path> examples() {
        return files(KUBERNETES.resolve("examples")).stream()
                .filter(file -> !file.toString().endsWith("-apisix.yaml"))
                .toList();
    }

    /** Returns the values with lists of plugins for versions of APISIX other than that of the overlay. */
    static List<Path> pluginLists() {
        return files(KUBERNETES.resolve("plugins"));
    }

    private static List<Path> files(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode yaml(Path file) {
        return documents(read(file)).getFirst();
    }

    /** Returns the documents of a YAML text, without empty ones. */
    static List<JsonNode> documents(String yaml) {
        Iterable<Object> loaded = new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(yaml);
        return StreamSupport.stream(loaded.spliterator(), false)
                .map(document -> JsonMapper.shared().<JsonNode>valueToTree(document))
                .filter(JsonNode::isObject)
                .toList();
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the element of a list that has this name. */
    static JsonNode named(JsonNode list, String name) {
        return list.valueStream()
                .filter(element -> element.path("name").asString("").equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("there is no " + name + " in " + list));
    }

    static List<String> texts(JsonNode list) {
        return list.valueStream().map(JsonNode::asString).toList();
    }
}
