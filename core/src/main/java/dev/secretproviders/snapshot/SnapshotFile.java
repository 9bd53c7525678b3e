package dev.secretproviders.snapshot;

import dev.secretproviders.store.PrivateFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A file with state for the next process. It is read as a whole, up to a size limit, and replaced as a whole or not at
 * all. It is never readable for other users, not even for a moment. Its content is opaque to this class. Not thread-safe; two
 * processes may use one file.
 */
public final class SnapshotFile {
    /** Enough for some hundred thousand secrets, which is more than a runner is designed for. */
    static final int MOST_BYTES = 64 << 20;

    private final Path file;
    private final Path directory;
    private final int mostBytes;

    /** Names the file, which need not exist. */
    public SnapshotFile(Path file) {
        this(file, MOST_BYTES);
    }

    SnapshotFile(Path file, int mostBytes) {
        this.file = file.toAbsolutePath();
        this.directory = this.file.resolveSibling("").toAbsolutePath();
        this.mostBytes = mostBytes;
    }

    /**
     * Reads the whole file.
     *
     * @return its bytes, or null if there is no file
     * @throws RefusedSnapshotException if it is not a regular file, open to others, or too large; nothing of it was
     *     read
     */
    public byte @Nullable [] read() throws IOException {
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
     * Replaces the file. After a crash at any moment it holds either the old or the new content.
     *
     * @throws IOException if that is not possible; the old content is still there
     */
    public void replace(byte[] content) throws IOException {
        if (content.length > mostBytes) {
            throw new IOException("it would have " + content.length + " bytes, more than " + mostBytes);
        }
        PrivateFiles.createDirectories(directory);
        // Each attempt has a unique name: while APISIX reloads, two runners exist for a moment.
        Path next = directory.resolve(temporaryPrefix()
                + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong()));
        boolean moved = false;
        try {
            PrivateFiles.create(next, content);
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            moved = true;
        } finally {
            if (!moved) {
                Files.deleteIfExists(next);
            }
        }
        PrivateFiles.sync(directory);
    }

    /** Deletes the file, without needing free disk space. Returns whether it existed. */
    boolean delete() throws IOException {
        return Files.deleteIfExists(file);
    }

    /** Moves the file aside for an operator to look at, and replaces one moved earlier. Returns its new path. */
    Path setAside() throws IOException {
        Path aside = aside();
        Files.move(file, aside, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return aside;
    }

    /** Deletes the file and everything that belongs to it. */
    void deleteAll() throws IOException {
        Files.deleteIfExists(file);
        Files.deleteIfExists(aside());
        deleteUnfinished();
    }

    /** Deletes the unfinished files of processes that were killed during a write. */
    public void deleteUnfinished() throws IOException {
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
