package dev.secretproviders.provider.shared;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Finds files of the project, whatever module's tests run. */
public final class ProjectFile {
    private ProjectFile() {}

    /** Returns the text of a file, such as {@code docs/reference/providers.md}. */
    public static String text(String name) throws IOException {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("CONTRIBUTING.md"))) {
            root = root.resolve("..").normalize();
        }
        return Files.readString(root.resolve(name));
    }
}
