package dev.secretproviders.snapshot;

import dev.secretproviders.store.PrivateFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The file of last-known-good: it is read whole and within a bound, replaced whole or not at all, and never readable for others,
 * not even for a moment. What is in it, it does not know. Not thread-safe; two processes may use one file.
 */
final class SnapshotFile {
    /** Some hundred thousand secrets; more than a runner is made for. */
    static final int MOST_BYTES = 64 << 20;

    private final Path file;
    private final Path directory;
    private final int mostBytes;

    SnapshotFile(Path file) {
        this(file, MOST_BYTES);
    }

    SnapshotFile(Path file, int mostBytes) {
        this.file = file.toAbsolutePath();
        this.directory = this.file.resolveSibling("").toAbsolutePath();
        this.mostBytes = mostBytes;
    }

    /**
     * Reads it whole.
     *
     * @return its bytes, or null if there is none
     * @throws RefusedSnapshotException if it is no regular file, open to others, or too large; nothing of it was read
     */
    byte @Nullable [] read() throws IOException {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return null;
        }
        PosixFileAttributes attributes =
                Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isRegularFile()) {
            throw new RefusedSnapshotException(file + " is not a regular file; delete it");
        }
        if (!PrivateFiles.isPrivate(attributes.permissions())) {
            throw new RefusedSnapshotException(
                    file + " is open to others (" + PosixFilePermissions.toString(attributes.permissions())
                            + "); if only the runner can have written it, run: chmod 600 " + file
                            + " and restart the runner, else delete it");
        }
        try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            byte[] bytes = in.readNBytes(mostBytes + 1);
            if (bytes.length > mostBytes) {
                throw new RefusedSnapshotException(
                        file + " has more than the " + mostBytes + " bytes that this runner writes; delete it");
            }
            return bytes;
        }
    }

    /**
     * Replaces it. After a crash at any moment there is either what was there before or the new content.
     *
     * @throws IOException if that is not possible; what was there before is still there
     */
    void replace(byte[] content) throws IOException {
        if (content.length > mostBytes) {
            throw new IOException("it would have " + content.length + " bytes, more than " + mostBytes);
        }
        PrivateFiles.createDirectories(directory);
        // A name of its own for each attempt: while APISIX reloads, there are two runners for a moment.
        Path next = directory.resolve(temporaryPrefix()
                + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong()));
        boolean moved = false;
        try {
            try (FileChannel channel = FileChannel.open(
                    next, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), PrivateFiles.FILE)) {
                ByteBuffer buffer = ByteBuffer.wrap(content);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                channel.force(true);
            }
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            moved = true;
        } finally {
            if (!moved) {
                Files.deleteIfExists(next);
            }
        }
        PrivateFiles.sync(directory);
    }

    /** Deletes it. Needs no room on the disk. Returns whether there was one. */
    boolean delete() throws IOException {
        return Files.deleteIfExists(file);
    }

    /** Moves it out of the way, for an operator to look at; one that was there before is replaced. Returns where it is now. */
    Path setAside() throws IOException {
        Path aside = aside();
        Files.move(file, aside, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return aside;
    }

    /** Deletes it and everything that belongs to it. */
    void deleteAll() throws IOException {
        Files.deleteIfExists(file);
        Files.deleteIfExists(aside());
        deleteUnfinished();
    }

    /** Deletes what processes left behind that were killed while they wrote. */
    void deleteUnfinished() throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (DirectoryStream<Path> unfinished = Files.newDirectoryStream(
                directory, entry -> entry.getFileName().toString().startsWith(temporaryPrefix()))) {
            for (Path next : unfinished) {
                Files.deleteIfExists(next);
            }
        }
    }

    private String temporaryPrefix() {
        return file.getFileName() + ".next-";
    }

    private Path aside() {
        return directory.resolve(file.getFileName() + ".refused");
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
