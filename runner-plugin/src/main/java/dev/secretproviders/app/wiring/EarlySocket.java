package dev.secretproviders.app.wiring;

import dev.secretproviders.app.settings.ConfigurationFile;
import dev.secretproviders.app.settings.RunnerSettings;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.transport.socket.BoundSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Creates the socket before the whole configuration is read, which takes most of the time of a start. So clients wait
 * instead of being refused. It reads the path from the file, the environment and the command line. If Spring might find
 * another path, there is no early socket. A wrong early socket is replaced before it accepts any connection.
 */
final class EarlySocket {
    /** The merge key, which Spring's reader merges. The reader here (YAML 1.2) treats it as a field. */
    private static final String MERGE = "<<";

    private EarlySocket() {}

    /**
     * Creates the socket.
     *
     * @param file the configuration file, or null for none
     * @param socketOption the value of {@code --socket}, or null
     * @return null if the path is not certain or the socket cannot be created; the later start reports why
     */
    static @Nullable BoundSocket open(
            @Nullable Path file, @Nullable String socketOption, Map<String, String> environment) {
        // A pipe could be read only once.
        boolean readable = file == null || Files.isRegularFile(file);
        if (!readable || mayBeElsewhere(environment)) {
            return null;
        }
        try {
            List<Object> documents =
                    file == null ? List.of() : ConfigurationFile.read(file).documents();
            RunnerSettings settings = settings(documents, socketOption, environment);
            return settings == null || settings.socket() == null ? null : BoundSocket.open(settings.transport());
        } catch (IOException | RuntimeException | StackOverflowError e) {
            // Not logged, because it may quote the file. The reader of the whole configuration reports the mistake.
            return null;
        }
    }

    /** Returns whether Spring reads more than the file and the variables of its fields. */
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
        // Spring also supports dotted names, merged keys, placeholders, and imports in its own section.
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

    /**
     * Returns the value of a field's variable: RUNNER_EVENTLOOPS or RUNNER_EVENT_LOOPS for {@code runner.event-loops}.
     */
    private static @Nullable String variable(String path, Map<String, String> environment) {
        String upper = path.replace('.', '_').toUpperCase(Locale.ROOT);
        String value = environment.get(upper.replace("-", ""));
        return value == null ? environment.get(upper.replace('-', '_')) : value;
    }
}
