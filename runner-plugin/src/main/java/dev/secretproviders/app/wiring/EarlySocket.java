package dev.secretproviders.app.wiring;

import dev.secretproviders.app.settings.RunnerSettings;
import dev.secretproviders.spi.Problems;
import dev.secretproviders.spi.Settings;
import dev.secretproviders.transport.socket.BoundSocket;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.FailsafeSchema;

/**
 * Makes the socket before the configuration is read as a whole, which takes most of the time of a start: clients wait then instead of
 * being refused. It looks where most configurations say it: in the file, in the environment and on the command line. Where Spring might
 * find something else, there is no early socket; should one be wrong after all, it is replaced before anybody is accepted on it.
 */
final class EarlySocket {
    /** Spring's reader merges it, ours (YAML 1.2) takes it for a field. */
    private static final String MERGE = "<<";

    private EarlySocket() {}

    /**
     * Makes it.
     *
     * @param file the configuration file, or null for none
     * @param socketOption the value of {@code --socket}, or null
     * @return null if it is not plain where to, or cannot be made: whoever reads the whole configuration will say why
     */
    static @Nullable BoundSocket open(
            @Nullable Path file, @Nullable String socketOption, Map<String, String> environment) {
        // A pipe could be read only once.
        boolean readable = file == null || Files.isRegularFile(file);
        if (!readable || mayBeElsewhere(environment)) {
            return null;
        }
        try {
            RunnerSettings settings = settings(documents(file), socketOption, environment);
            return settings == null || settings.socket() == null ? null : BoundSocket.open(settings.transport());
        } catch (IOException | RuntimeException | StackOverflowError e) {
            // Not logged, since it may quote the file: whoever reads the whole configuration says what is wrong.
            return null;
        }
    }

    /**
     * Returns what is in the file, with the text of scalars; an empty value is an empty text. Not by the library that Spring takes, which makes
     * the JDK look for loggers in every jar.
     */
    private static List<Object> documents(@Nullable Path file) throws IOException {
        List<Object> documents = new ArrayList<>();
        if (file != null) {
            LoadSettings settings = LoadSettings.builder()
                    .setSchema(new FailsafeSchema())
                    .setTagConstructors(Map.of(Tag.NULL, _ -> ""))
                    .build();
            try (Reader reader = Files.newBufferedReader(file)) {
                new Load(settings).loadAllFromReader(reader).forEach(documents::add);
            }
        }
        return documents;
    }

    /** Returns whether Spring reads more than the file and the variables that are named after fields. */
    private static boolean mayBeElsewhere(Map<String, String> environment) {
        return environment.keySet().stream().anyMatch(name -> name.startsWith("SPRING_"))
                || System.getProperties().stringPropertyNames().stream()
                        .anyMatch(name -> name.startsWith("spring.") || name.startsWith("runner."));
    }

    private static @Nullable RunnerSettings settings(
            List<Object> documents, @Nullable String socketOption, Map<String, String> environment) {
        if (documents.size() > 1) {
            return null;
        }
        Map<String, Object> tree = new LinkedHashMap<>();
        if (!documents.isEmpty() && documents.getFirst() instanceof Map<?, ?> fields) {
            fields.forEach((name, value) -> tree.put(String.valueOf(name), value));
        }
        // Other ways to write the same for Spring: dotted names, merged keys, placeholders, and what its own section
        // may bring in.
        String runnerText = String.valueOf(tree.get("runner"));
        if (tree.keySet().stream().anyMatch(name -> name.contains(".") || name.equals(MERGE) || name.equals("spring"))
                || runnerText.contains("${")
                || runnerText.contains(MERGE)
                || (tree.get("runner") instanceof Map<?, ?> runner && dotted(runner))) {
            return null;
        }
        Problems problems = new Problems();
        Settings runner = Settings.root(tree, path -> variable(path, environment), problems)
                .section("runner");
        RunnerSettings settings = RunnerSettings.read(runner, environment, socketOption);
        return problems.isEmpty() ? settings : null;
    }

    private static boolean dotted(Map<?, ?> section) {
        return section.keySet().stream().anyMatch(name -> String.valueOf(name).contains("."));
    }

    /** As Spring names them: {@code runner.event-loops} by {@code RUNNER_EVENTLOOPS}, or by {@code RUNNER_EVENT_LOOPS}. */
    private static @Nullable String variable(String path, Map<String, String> environment) {
        String upper = path.replace('.', '_').toUpperCase(Locale.ROOT);
        String value = environment.get(upper.replace("-", ""));
        return value == null ? environment.get(upper.replace('-', '_')) : value;
    }
}
