package dev.secretproviders.settings;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The files that the fields of one section name. Not thread-safe. */
final class NamedFiles {
    private final WrittenFields fields;
    private final Map<String, Path> own = new LinkedHashMap<>();

    NamedFiles(WrittenFields fields) {
        this.fields = fields;
    }

    /** Returns the path in a field; null if there is none, or if it is not one (then reported). */
    @Nullable
    Path path(String name, @Nullable String text) {
        try {
            return text == null ? null : Path.of(text);
        } catch (InvalidPathException e) {
            fields.problem(name, "is not the name of a file");
            return null;
        }
    }

    /** Returns the path of a file that can be read; null if there is none (then reported). */
    @Nullable
    Path readable(String name, @Nullable String text) {
        Path path = path(name, text);
        if (path != null && !Files.isReadable(path)) {
            fields.problem(name, "there is no readable file '" + text + "'");
            return null;
        }
        return path;
    }

    /** Remembers the path of a field, and returns it. */
    @Nullable
    Path own(String name, @Nullable Path path) {
        if (path != null) {
            own.put(name, path);
        }
        return path;
    }

    /** Returns the paths that are remembered. */
    List<Path> own() {
        return List.copyOf(own.values());
    }
}
