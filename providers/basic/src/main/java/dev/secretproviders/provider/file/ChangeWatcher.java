package dev.secretproviders.provider.file;

import dev.secretproviders.provider.shared.FileNotices;
import dev.secretproviders.provider.shared.FileWatch;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.FileVisitor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reports when a file, or any file below a directory, has changed. Notices of the system make it quick. A slow
 * comparison of times, sizes and inodes finds what the system does not report: network file systems, nested
 * directories, and links that lead elsewhere.
 */
final class ChangeWatcher implements AutoCloseable {
    /** Delay between the first notice and the read, because a writer is rarely finished at the first notice. */
    private static final Duration SETTLE = Duration.ofMillis(50);

    private static final int MAX_DEPTH = 16;

    private final Path watched;
    private final Duration poll;
    private final FileNotices system;
    private volatile @Nullable Thread thread;

    ChangeWatcher(Path watched, Duration poll) {
        this(watched, poll, FileNotices.of(watched));
    }

    ChangeWatcher(Path watched, Duration poll, FileNotices system) {
        this.watched = watched;
        this.poll = poll;
        this.system = system;
    }

    void start(Runnable listener) {
        // The watch comes first, so that no change falls between the two.
        FileWatch watch = system.watch(watched, poll);
        List<Object> before = fingerprint();
        thread = Thread.ofVirtual().name("watch " + watched).start(() -> run(watch, before, listener));
    }

    @Override
    public void close() {
        Thread running = thread;
        if (running != null) {
            running.interrupt();
        }
    }

    private void run(FileWatch watch, List<Object> before, Runnable listener) {
        List<Object> known = before;
        try (watch) {
            while (!Thread.currentThread().isInterrupted()) {
                watch.await(SETTLE);
                List<Object> now = fingerprint();
                if (!now.equals(known)) {
                    known = now;
                    listener.run();
                }
            }
        } catch (InterruptedException e) {
            // Closed.
        }
    }

    private List<Object> fingerprint() {
        List<Object> seen = new ArrayList<>();
        try {
            if (Files.isDirectory(watched)) {
                Files.walkFileTree(watched.toRealPath(), Set.of(), MAX_DEPTH, visitor(seen));
            } else {
                Path real = watched.toRealPath();
                seen.add(state(real, Files.readAttributes(real, BasicFileAttributes.class)));
            }
        } catch (IOException e) {
            seen.add("unreadable");
        }
        return seen;
    }

    private static FileVisitor<Path> visitor(List<Object> seen) {
        return new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                // One link is followed: its target may be rewritten in place.
                seen.add(state(file, attributes));
                if (attributes.isSymbolicLink()) {
                    try {
                        seen.add(state(file.toRealPath(), Files.readAttributes(file, BasicFileAttributes.class)));
                    } catch (IOException e) {
                        seen.add("dangling");
                    }
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
                seen.add(file);
                return FileVisitResult.CONTINUE;
            }
        };
    }

    private record State(
            Path path, long modified, long size, @Nullable Object inode) {}

    private static State state(Path path, BasicFileAttributes attributes) {
        return new State(
                path, attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS), attributes.size(), attributes.fileKey());
    }
}
