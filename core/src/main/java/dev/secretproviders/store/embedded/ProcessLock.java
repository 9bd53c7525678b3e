package dev.secretproviders.store.embedded;

import dev.secretproviders.store.PrivateFiles;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.StoreInUseException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The lock that lets only one process use a store file. It locks a separate file next to the store file ({@code .lock},
 * which stays). So the store file can be replaced while the lock is held. The system releases the lock when the process
 * ends.
 */
final class ProcessLock implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(20);
    /**
     * Locks of this process. POSIX drops a lock when the process closes any descriptor of the file, so it is opened
     * only once.
     */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path lockFile;
    private final FileChannel channel;

    private ProcessLock(Path lockFile, FileChannel channel) {
        this.lockFile = lockFile;
        this.channel = channel;
    }

    /**
     * Acquires the lock. Waits at most {@code longest} for the process that holds it. The file's directory must exist.
     */
    static ProcessLock acquire(Path file, Duration longest) throws IOException, StoreException {
        Path lockFile = file.resolveSibling(file.getFileName() + ".lock");
        long deadline = System.nanoTime() + longest.toNanos();
        while (true) {
            if (HELD.add(lockFile)) {
                ProcessLock lock = tryLock(lockFile);
                if (lock != null) {
                    return lock;
                }
            }
            if (System.nanoTime() - deadline >= 0) {
                throw new StoreInUseException(
                        "%s is in use by process %s; stop that process, or give each runner a file of its own"
                                .formatted(file, holder(lockFile)));
            }
            pause(file);
        }
    }

    private static @Nullable ProcessLock tryLock(Path lockFile) throws IOException {
        boolean locked = false;
        try {
            FileChannel channel = FileChannel.open(
                    lockFile, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE), PrivateFiles.FILE);
            try {
                FileLock lock = channel.tryLock();
                locked = lock != null;
                if (locked) {
                    channel.truncate(0);
                    channel.write(ByteBuffer.wrap(
                            Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
                    return new ProcessLock(lockFile, channel);
                }
                return null;
            } finally {
                if (!locked) {
                    channel.close();
                }
            }
        } finally {
            if (!locked) {
                HELD.remove(lockFile);
            }
        }
    }

    private static String holder(Path lockFile) throws IOException {
        if (HELD.contains(lockFile)) {
            return ProcessHandle.current().pid() + " (this one)";
        }
        String text = Files.readString(lockFile, StandardCharsets.US_ASCII);
        return text.matches("\\d{1,10}") ? text : "(unknown)";
    }

    private static void pause(Path file) throws StoreException {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException("interrupted while waiting for " + file, e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // The system releases the lock when the process ends, at the latest.
        } finally {
            HELD.remove(lockFile);
        }
    }
}
