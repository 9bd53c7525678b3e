package dev.secretproviders.provider.file;

import static org.awaitility.Awaitility.await;

import dev.secretproviders.provider.shared.FileNotices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
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
        FileNotices none = new FileNotices(() -> {
            throw new IOException("User limit of inotify instances reached or too many open files");
        });
        try (ChangeWatcher watcher = new ChangeWatcher(directory, Duration.ofMillis(50), none)) {
            watcher.start(changes::incrementAndGet);

            Files.writeString(file, "another");

            await().until(() -> changes.get() > 0);
        }
    }

    @Test
    void changeJustAfterTheStartIsFoundAtOnce() throws IOException {
        Path file = Files.writeString(directory.resolve("key"), "one");
        AtomicInteger changes = new AtomicInteger();
        try (WatchService notices = directory.getFileSystem().newWatchService()) {
            FileNotices slow = new FileNotices(() -> {
                LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
                return notices;
            });
            try (ChangeWatcher watcher = new ChangeWatcher(directory, Duration.ofHours(1), slow)) {
                watcher.start(changes::incrementAndGet);

                Files.writeString(file, "another");

                await().until(() -> changes.get() > 0);
            }
        }
    }
}
