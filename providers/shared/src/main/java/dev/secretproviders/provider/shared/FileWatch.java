package dev.secretproviders.provider.shared;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Waits for changes of a file, or of the files in a directory. The notices of the system make it quick. Where there are
 * none, it waits for the time between two comparisons. For one thread.
 */
public final class FileWatch implements AutoCloseable {
    private final Path watched;
    private final Duration comparison;
    private final @Nullable WatchService notices;
    private @Nullable WatchKey registered;

    FileWatch(Path watched, Duration comparison, @Nullable WatchService notices) {
        this.watched = watched;
        this.comparison = comparison;
        this.notices = notices;
        if (notices != null) {
            registered = register(notices);
        }
    }

    private @Nullable WatchKey register(WatchService from) {
        Path directory = Files.isDirectory(watched) ? watched : watched.resolveSibling("");
        try {
            return directory.register(
                    from,
                    StandardWatchEventKinds.ENTRY_CREATE,
                    StandardWatchEventKinds.ENTRY_MODIFY,
                    StandardWatchEventKinds.ENTRY_DELETE);
        } catch (IOException e) {
            // The file does not exist yet, or this file system has no notices. The next wait tries again.
            return null;
        }
    }

    /**
     * Waits until something may have changed: for a notice, or for the time between two comparisons.
     *
     * @param settle how long to wait after a notice, since a writer is rarely finished then
     */
    public void await(Duration settle) throws InterruptedException {
        if (notices == null) {
            Thread.sleep(comparison);
            return;
        }
        if (registered == null || !registered.isValid()) {
            registered = register(notices);
        }
        WatchKey noticed = notices.poll(comparison.toNanos(), TimeUnit.NANOSECONDS);
        if (noticed != null) {
            Thread.sleep(settle);
            noticed.pollEvents();
            noticed.reset();
        }
    }

    @Override
    public void close() throws IOException {
        if (notices != null) {
            notices.close();
        }
    }
}
