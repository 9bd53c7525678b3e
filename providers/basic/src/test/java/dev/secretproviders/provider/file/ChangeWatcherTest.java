package dev.secretproviders.provider.file;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChangeWatcherTest {
    @TempDir
    private Path directory;

    /** Linux gives a user 128 of them by default. */
    @Test
    void changeIsFoundWithoutNoticesOfTheSystem() throws IOException {
        Path file = Files.writeString(directory.resolve("key"), "one");
        AtomicInteger changes = new AtomicInteger();
        try (ChangeWatcher watcher = new ChangeWatcher(directory, Duration.ofMillis(50), () -> {
            throw new IOException("User limit of inotify instances reached or too many open files");
        })) {
            watcher.start(changes::incrementAndGet);

            Files.writeString(file, "another");

            await().until(() -> changes.get() > 0);
        }
    }
}
