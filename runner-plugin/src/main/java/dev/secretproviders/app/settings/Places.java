package dev.secretproviders.app.settings;

import dev.secretproviders.settings.InvalidSettingsException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The places of configuration fields: a line of the file, or a variable.
 *
 * @param file the file, or null if there is none or it cannot be read
 */
record Places(@Nullable ConfigurationFile file, Map<String, String> environment) {

    /** Returns the places in a file. If the file is absent or malformed, lines are not known. */
    static Places of(@Nullable Path file, Map<String, String> environment) {
        try {
            return new Places(file == null ? null : ConfigurationFile.read(file), environment);
        } catch (InvalidSettingsException e) {
            // The reader of the content reports this.
            return new Places(null, environment);
        }
    }

    /** Returns the problems, each of the form {@code path: problem}, with the place of the field in front. */
    List<String> locate(List<String> problems) {
        return problems.stream().map(this::located).toList();
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
            Integer line = file == null ? null : file.line(at);
            if (file != null && line != null) {
                return file.file() + ":" + line + ": " + problem;
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
}
