package dev.secretproviders.sink;

import dev.secretproviders.audit.AuditRecord;
import dev.secretproviders.audit.CopyTarget;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file with one record per line. It is created with mode 0600; an existing file keeps its mode. When it is renamed or
 * removed, as by logrotate, a new file is created.
 */
final class FileTarget implements CopyTarget {
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final Set<StandardOpenOption> APPEND =
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);

    private final Path file;
    private volatile @Nullable FileChannel channel;
    private @Nullable Object openedKey;

    FileTarget(Path file) {
        this.file = file;
    }

    @Override
    public String kind() {
        return "file";
    }

    @Override
    public String name() {
        return "file " + file;
    }

    @Override
    public void write(List<AuditRecord> records) throws IOException {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        for (AuditRecord record : records) {
            lines.writeBytes(record.bytes());
            lines.write('\n');
        }
        FileChannel open = opened();
        long before = open.size();
        try {
            ByteBuffer buffer = ByteBuffer.wrap(lines.toByteArray());
            while (buffer.hasRemaining()) {
                open.write(buffer);
            }
        } catch (IOException e) {
            // A full disk leaves a partial line, which would corrupt the next one.
            open.truncate(before);
            throw e;
        }
    }

    private FileChannel opened() throws IOException {
        FileChannel open = channel;
        if (open != null && open.isOpen() && openedKey != null && openedKey.equals(currentKey())) {
            return open;
        }
        if (open != null) {
            open.close();
        }
        FileChannel opened = FileChannel.open(file, APPEND, OWNER_ONLY);
        channel = opened;
        openedKey = currentKey();
        return opened;
    }

    /** Returns the identity of the file under this name, or null if there is none. */
    private @Nullable Object currentKey() throws IOException {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    @Override
    public void close() {
        FileChannel open = channel;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                // Every write is already in the file.
            }
        }
    }
}
