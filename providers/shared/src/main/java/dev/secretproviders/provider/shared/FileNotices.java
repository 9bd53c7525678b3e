package dev.secretproviders.provider.shared;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.WatchService;
import java.time.Duration;
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
     * Begins to watch a file, or the files in a directory. The caller closes the watch. Logs a warning if the system has
     * no notices left. Then a comparison from time to time has to do.
     *
     * @param file what is watched
     * @param comparison the time between two comparisons
     */
    default FileWatch watch(Path file, Duration comparison) {
        try {
            return new FileWatch(file, comparison, open());
        } catch (IOException e) {
            Logger log = LoggerFactory.getLogger(FileNotices.class);
            log.warn(
                    "changes of {} are found within {} ms instead of at once, because the system watches no more files"
                            + " ({}); raise fs.inotify.max_user_instances",
                    file,
                    comparison.toMillis(),
                    e.getMessage());
            return new FileWatch(file, comparison, null);
        }
    }
}
