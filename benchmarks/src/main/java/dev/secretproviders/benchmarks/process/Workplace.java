package dev.secretproviders.benchmarks.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A temporary directory for the files of servers, deleted when closed. */
public final class Workplace implements AutoCloseable {
    private final Path root;

    private Workplace(Path root) {
        this.root = root;
    }

    /** Creates one in the directory for temporary files, since paths of sockets must be short. */
    public static Workplace create() throws IOException {
        return new Workplace(Files.createTempDirectory("bench"));
    }

    /** Returns a new empty directory. */
    public Path directory() throws IOException {
        return Files.createTempDirectory(root, "server");
    }

    @Override
    public void close() throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
