package dev.secretproviders.provider.shared;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.WatchKey;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Waits for changes of a file, or of the files in a directory. The notices of the system make it quick. Where there are
 * none, it waits for the time between two comparisons. For one thread.
 */
public final class FileWatch implements AutoCloseable {
    private final Path watched;
    private final Duration comparison;
    private final FileNotices system;
    private final Semaphore told = new Semaphore(0);
    private @Nullable Object inode;
    private @Nullable WatchKey registered;

    FileWatch(Path watched, Duration comparison, FileNotices system) {
        this.watched = watched;
        this.comparison = comparison;
        this.system = system;
        follow();
    }

    /**
     * Waits until something may have changed: for a notice, for the directory to be gone or replaced, or for the time
     * between two comparisons.
     *
     * @param settle how long to wait after a notice, since a writer is rarely finished then
     */
    public void await(Duration settle) throws InterruptedException {
        if (follow() || told.tryAcquire(comparison.toNanos(), TimeUnit.NANOSECONDS)) {
            Thread.sleep(settle);
            told.drainPermits();
        }
    }

    /**
     * Watches the directory that is there now. Returns whether it is another one than before, or gone. No notice tells
     * of that: it is not handed on once this watch has left the directory, and there is none of a directory that moves.
     */
    private boolean follow() {
        Path directory = Files.isDirectory(watched) ? watched : watched.resolveSibling("");
        Object there = inode(directory);
        WatchKey before = registered;
        if (before != null && before.isValid() && Objects.equals(there, inode)) {
            return false;
        }
        inode = there;
        registered = system.join(this, directory, before);
        return !Objects.equals(registered, before);
    }

    private static @Nullable Object inode(Path directory) {
        try {
            return Files.readAttributes(directory, BasicFileAttributes.class).fileKey();
        } catch (IOException e) {
            return null;
        }
    }

    /** Something may have changed. Ends the wait, or the next one. For any thread. */
    void tell() {
        if (told.availablePermits() == 0) {
            told.release();
        }
    }

    @Override
    public void close() {
        WatchKey key = registered;
        if (key != null) {
            registered = null;
            system.leave(this, key);
        }
    }
}
