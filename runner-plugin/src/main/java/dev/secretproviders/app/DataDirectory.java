package dev.secretproviders.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Directories that only the runner's user may enter. */
final class DataDirectory {
    private DataDirectory() {}

    /** Creates a directory of mode 0700, and those above it, unless it is there. */
    static void create(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
    }
}
