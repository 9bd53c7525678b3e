package dev.secretproviders.provider.shared;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A wait ends with a change. Without notices of the system, it ends when it is time to compare. */
@Timeout(30)
class FileWatchTest {
    private static final Duration LONG = Duration.ofHours(1);

    @TempDir
    private Path directory;

    @Test
    void waitEndsWithAChange() throws Exception {
        Path file = Files.writeString(directory.resolve("key"), "one");
        try (FileWatch watch = FileNotices.of(file).watch(file, LONG)) {
            Files.writeString(file, "another");

            watch.await(Duration.ZERO);
        }
        assertThat(file).exists();
    }

    @Test
    void directoryThatIsMadeAnewIsWatchedAgain() throws Exception {
        Path mounted = Files.createDirectory(directory.resolve("mounted"));
        Path file = mounted.resolve("key");
        try (FileWatch watch = FileNotices.of(file).watch(file, LONG)) {
            Files.delete(mounted);
            watch.await(Duration.ZERO);
            Files.createDirectory(mounted);

            Thread writer = writing(file);
            watch.await(Duration.ZERO);
            writer.interrupt();
            writer.join();
        }
        assertThat(file).exists();
    }

    @Test
    void waitEndsWithoutNoticesToo() throws Exception {
        FileNotices none = () -> {
            throw new IOException("User limit of inotify instances reached or too many open files");
        };
        try (FileWatch watch = none.watch(directory, Duration.ofMillis(10))) {
            watch.await(LONG);
        }
        assertThat(directory).exists();
    }

    @Test
    void missingDirectoryIsNoFailure() throws Exception {
        Path file = directory.resolve("missing").resolve("key");
        try (FileWatch watch = FileNotices.of(file).watch(file, Duration.ofMillis(10))) {
            watch.await(LONG);
        }
        assertThat(file).doesNotExist();
    }

    /** Writes again and again, since the wait may begin later than the first time. */
    private static Thread writing(Path file) {
        return Thread.ofVirtual().start(() -> {
            try {
                while (!Thread.currentThread().isInterrupted()) {
                    Files.writeString(file, "one");
                    Thread.sleep(20);
                }
            } catch (IOException | InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }
}
