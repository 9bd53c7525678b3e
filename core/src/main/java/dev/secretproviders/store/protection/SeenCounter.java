package dev.secretproviders.store.protection;

import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.crypto.UnsealException;
import dev.secretproviders.store.PrivateFiles;
import dev.secretproviders.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The highest counter of the store's manifest that this runner has seen, in a file of the data directory (mode 0600,
 * sealed). It detects that a whole store was put back. The file may be behind the counter, never ahead of it.
 * Thread-safe.
 */
public final class SeenCounter {
    private static final Logger LOG = LoggerFactory.getLogger(SeenCounter.class);
    private static final String LABEL = "store-counter";

    private final Path file;
    private final Sealer sealer;
    private final AtomicLong seen = new AtomicLong();
    private long written;
    private boolean failing;

    private SeenCounter(Path file, Sealer sealer) {
        this.file = file;
        this.sealer = sealer;
    }

    /**
     * Reads the file. A missing file means that no counter was seen, because the data directory is new.
     *
     * @throws StoreException if the file cannot be read, or was not written by a runner with this keyring
     */
    public static SeenCounter open(Path file, Sealer sealer) throws StoreException {
        SeenCounter counter = new SeenCounter(file, sealer);
        counter.written = counter.read();
        counter.seen.set(counter.written);
        return counter;
    }

    private long read() throws StoreException {
        try {
            byte[] plain = sealer.open(LABEL, Files.readAllBytes(file));
            return ByteBuffer.wrap(plain).getLong();
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            throw new StoreException(file + " cannot be read: " + e, e);
        } catch (UnsealException e) {
            throw new StoreException(
                    file + " cannot be opened: " + e.getMessage()
                            + ". It shows whether the store was put back to an earlier state. If you know that it was"
                            + " not, delete the file",
                    e);
        }
    }

    /** Returns the highest counter seen; 0 for none. */
    long value() {
        return seen.get();
    }

    void saw(long counter) {
        seen.accumulateAndGet(counter, Math::max);
    }

    /** Writes the file again, with the current master key. */
    synchronized void rewrap() {
        written = 0;
        write();
    }

    /** Writes the counter, if the file is behind it. A failure is logged once, and the next call retries. */
    synchronized void write() {
        long now = seen.get();
        if (now <= written) {
            return;
        }
        try {
            // While the gateway reloads, two runners have one data directory.
            if (!failing) {
                now = Math.max(now, read());
            }
            replace(sealer.seal(
                    LABEL, ByteBuffer.allocate(Long.BYTES).putLong(now).array()));
            written = now;
            failing = false;
        } catch (IOException | StoreException e) {
            if (!failing) {
                LOG.warn("{} cannot be written and is tried again: {}", file, e.toString());
            }
            failing = true;
        }
    }

    private void replace(byte[] sealed) throws IOException {
        Path directory = Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file has a directory");
        PrivateFiles.createDirectories(directory);
        Path next = Files.createTempFile(directory, String.valueOf(file.getFileName()), ".next", PrivateFiles.FILE);
        try {
            try (FileChannel channel = FileChannel.open(next, Set.of(StandardOpenOption.WRITE))) {
                ByteBuffer bytes = ByteBuffer.wrap(sealed);
                while (bytes.hasRemaining()) {
                    int _ = channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(next);
        }
    }
}
