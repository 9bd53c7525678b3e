package dev.secretproviders.app;

import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.transport.BoundSocket;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes the socket before the configuration is read as a whole, which takes most of the time of a start: clients wait then instead of
 * being refused. It looks where most configurations say it: in the file, in the environment and on the command line. If they say it in
 * another of Spring's ways, or there is any doubt, there is no early socket, or it is replaced by the right one.
 */
final class EarlySocket {
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
        RunnerSettings settings = settings(file, socketOption, environment);
        if (settings == null || settings.socket() == null) {
            return null;
        }
        try {
            return BoundSocket.open(settings.transport());
        } catch (IOException | IllegalStateException e) {
            return null;
        }
    }

    private static @Nullable RunnerSettings settings(
            @Nullable Path file, @Nullable String socketOption, Map<String, String> environment) {
        List<Object> documents = file == null ? List.of() : ConfigurationFile.read(file);
        if (documents.size() > 1) {
            return null;
        }
        Map<String, Object> tree = new LinkedHashMap<>();
        if (!documents.isEmpty() && documents.getFirst() instanceof Map<?, ?> fields) {
            fields.forEach((name, value) -> tree.put(String.valueOf(name), value));
        }
        Problems problems = new Problems();
        Settings runner = Settings.root(tree, path -> environment.get(variable(path)), problems)
                .section("runner");
        RunnerSettings settings = RunnerSettings.read(runner, environment, socketOption);
        return problems.isEmpty() && plain(settings) ? settings : null;
    }

    /** As Spring names it: {@code runner.event-loops} by {@code RUNNER_EVENTLOOPS}. */
    private static String variable(String path) {
        return path.replace("-", "").replace('.', '_').toUpperCase(Locale.ROOT);
    }

    /** A placeholder is for Spring to resolve. */
    private static boolean plain(RunnerSettings settings) {
        return !(settings.socket() + "," + settings.owner() + "," + settings.group()).contains("${");
    }
}
