package dev.secretproviders.provider.shared;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.WatchService;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where notices of changed files come from: the system, which may have none left to give. Thread-safe. */
@FunctionalInterface
public interface FileNotices {
    /**
     * Opens a source of notices. The caller closes it.
     *
     * @throws IOException if the system has none left
     */
    WatchService open() throws IOException;

    /** Returns the notices of the system that a file is on. */
    static FileNotices of(Path file) {
        return file.getFileSystem()::newWatchService;
    }

    /**
     * Opens a source of notices. Returns null and logs a warning if the system has none left. Then a comparison from time
     * to time has to do.
     *
     * @param file what is watched
     * @param comparison the time between two comparisons
     */
    default @Nullable WatchService openOrWarn(Path file, Duration comparison) {
        try {
            return open();
        } catch (IOException e) {
            Logger log = LoggerFactory.getLogger(FileNotices.class);
            log.warn(
                    "changes of {} are found within {} ms instead of at once, because the system watches no more files"
                            + " ({}); raise fs.inotify.max_user_instances",
                    file,
                    comparison.toMillis(),
                    e.getMessage());
            return null;
        }
    }
}
