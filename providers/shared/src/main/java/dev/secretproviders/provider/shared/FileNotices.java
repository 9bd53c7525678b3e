package dev.secretproviders.provider.shared;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices of the system about changed files. All watches of the process share one source of them. Linux gives 128 to
 * all processes of a user together. The source is opened for the first watch and stays open, so later watches are sure
 * of it. Thread-safe.
 */
public final class FileNotices {
    private static final Logger LOG = LoggerFactory.getLogger(FileNotices.class);
    private static final Map<FileSystem, FileNotices> SHARED = new ConcurrentHashMap<>();

    private final Source source;
    private final Object lock = new Object();

    /** The system has one key for each directory, however often it is registered. */
    private final Map<WatchKey, Set<FileWatch>> watches = new HashMap<>();

    private @Nullable WatchService opened;
    private boolean warned;

    /** Where notices come from: the system, which may have none left to give. */
    @FunctionalInterface
    public interface Source {
        /**
         * Opens a source of notices.
         *
         * @throws IOException if the system has none left
         */
        WatchService open() throws IOException;
    }

    /** Creates notices of a source of their own. {@link #of} has those of the system. */
    public FileNotices(Source source) {
        this.source = source;
    }

    /** Returns the notices of the system that a file is on. */
    public static FileNotices of(Path file) {
        return SHARED.computeIfAbsent(file.getFileSystem(), system -> new FileNotices(system::newWatchService));
    }

    /**
     * Begins to watch a file, or the files in a directory. The caller closes the watch. If the system has no notices
     * left, a comparison from time to time has to do. One warning in the life of the process says so.
     *
     * @param file what is watched
     * @param comparison the time between two comparisons
     */
    public FileWatch watch(Path file, Duration comparison) {
        return new FileWatch(file, comparison, this);
    }

    /**
     * Tells a watch of changes in a directory from now on, and no longer of those in the directory before.
     *
     * @return the key of the directory, or null if there are no notices of it
     */
    @Nullable
    WatchKey join(FileWatch watch, Path directory, @Nullable WatchKey before) {
        synchronized (lock) {
            WatchKey now = register(directory);
            if (before != null && !before.equals(now)) {
                leave(watch, before);
            }
            if (now != null) {
                watches.computeIfAbsent(now, key -> new HashSet<>()).add(watch);
            }
            return now;
        }
    }

    /** Tells a watch no longer of changes in a directory. The last watch of a directory ends its registration. */
    void leave(FileWatch watch, WatchKey key) {
        synchronized (lock) {
            Set<FileWatch> sharing = watches.get(key);
            if (sharing != null && sharing.remove(watch) && sharing.isEmpty()) {
                watches.remove(key);
                key.cancel();
            }
        }
    }

    private @Nullable WatchKey register(Path directory) {
        try {
            return directory.register(
                    service(),
                    StandardWatchEventKinds.ENTRY_CREATE,
                    StandardWatchEventKinds.ENTRY_MODIFY,
                    StandardWatchEventKinds.ENTRY_DELETE);
        } catch (FileSystemException e) {
            // The directory does not exist yet, or may not be read. The next wait tries again.
            return null;
        } catch (IOException e) {
            // The next wait tries again, too, because another process may have given some back.
            if (!warned) {
                warned = true;
                LOG.warn(
                        "changes of files, such as those in {}, are found by comparison instead of at once, because the"
                                + " system watches no more files ({}); raise fs.inotify.max_user_instances or"
                                + " fs.inotify.max_user_watches",
                        directory,
                        e.getMessage());
            }
            return null;
        }
    }

    private WatchService service() throws IOException {
        WatchService service = opened;
        if (service == null) {
            WatchService fresh = source.open();
            opened = fresh;
            Thread.ofVirtual().name("notices of files").start(() -> handOn(fresh));
            return fresh;
        }
        return service;
    }

    private void handOn(WatchService from) {
        try {
            while (true) {
                WatchKey key = from.take();
                // First ready for more notices, then told, so that a change after the comparison is told again.
                key.pollEvents();
                key.reset();
                synchronized (lock) {
                    watches.getOrDefault(key, Set.of()).forEach(FileWatch::tell);
                }
            }
        } catch (InterruptedException | ClosedWatchServiceException e) {
            // No source but that of a test ends. Comparisons go on.
        }
    }
}
