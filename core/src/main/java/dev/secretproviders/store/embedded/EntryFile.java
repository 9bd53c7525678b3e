package dev.secretproviders.store.embedded;

import dev.secretproviders.store.KeyRange;
import dev.secretproviders.store.Keys;
import dev.secretproviders.store.PrivateFiles;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.type.ByteArrayDataType;
import org.jspecify.annotations.Nullable;

/**
 * The embedded engine's file, an H2 MVStore. One map has the entries (key: UTF-8 bytes; value: revision, 8 bytes
 * big-endian, then the value), another has numbers about the whole. MVStore appends each commit with a checksum, and
 * finds the last whole one when it opens the file. So a commit is never half present.
 *
 * <p>Not thread-safe. Its thread must never be interrupted: that closes a file channel.
 */
final class EntryFile implements AutoCloseable {
    private static final String FORMAT = "format";
    private static final String REVISION = "revision";
    private static final long THIS_FORMAT = 1;
    private static final int CACHE_MEGABYTES = 8;
    /** The number of versions that MVStore keeps by default. */
    private static final int VERSIONS_KEPT = 5;

    private static final int COMPACTION_MILLIS = 50;

    private final MVStore store;
    private final MVMap<byte[], byte[]> entries;
    private final MVMap<String, Long> numbers;

    private EntryFile(MVStore store) {
        this.store = store;
        this.entries = store.openMap(
                "entries",
                new MVMap.Builder<byte[], byte[]>()
                        .keyType(ByteArrayDataType.INSTANCE)
                        .valueType(ByteArrayDataType.INSTANCE));
        this.numbers = store.openMap("numbers");
    }

    /** An entry as it is stored. */
    static final class Raw {
        private final byte[] key;
        private final byte[] revisionAndValue;

        private Raw(byte[] key, byte[] revisionAndValue) {
            this.key = key;
            this.revisionAndValue = revisionAndValue;
        }

        byte[] key() {
            return key;
        }

        long revision() {
            return ByteBuffer.wrap(revisionAndValue).getLong();
        }

        byte[] value() {
            return Arrays.copyOfRange(revisionAndValue, Long.BYTES, revisionAndValue.length);
        }

        Stored stored() {
            return new Stored(Keys.text(key), value(), revision());
        }
    }

    /** The entries at one moment, unaffected by later changes. */
    static final class Snapshot implements AutoCloseable {
        private final MVStore store;
        private final MVStore.TxCounter usage;
        private final Cursor<byte[], byte[]> cursor;
        private final long revision;

        private Snapshot(EntryFile file) {
            store = file.store;
            usage = store.registerVersionUsage();
            cursor = file.entries.cursor(file.entries.flushAndGetRoot(), null, null, false);
            revision = file.revision();
        }

        long revision() {
            return revision;
        }

        /** Returns the next entries, none at the end. */
        List<Raw> next(int most) {
            List<Raw> found = new ArrayList<>();
            while (found.size() < most && cursor.hasNext()) {
                byte[] key = cursor.next();
                found.add(new Raw(key, cursor.getValue()));
            }
            return found;
        }

        @Override
        public void close() {
            store.deregisterVersionUsage(usage);
        }
    }

    /** Makes a new, empty file. */
    static EntryFile create(Path path) throws IOException {
        Files.createFile(path, PrivateFiles.FILE);
        EntryFile file = new EntryFile(writable(path));
        file.numbers.put(FORMAT, THIS_FORMAT);
        file.commit(0);
        return file;
    }

    /**
     * Opens a file. A damaged file is left unchanged, because it is checked before it is opened for writing.
     *
     * @throws StoreException if it cannot be used; the message says why and what to do
     */
    static EntryFile open(Path path) throws StoreException {
        try {
            requirePrivate(path);
            if (Files.size(path) == 0) {
                throw damaged(path, null);
            }
        } catch (IOException e) {
            throw new StoreException(path + " cannot be read: " + e.getMessage(), e);
        }
        try {
            try (EntryFile look = new EntryFile(builder(path).readOnly().open())) {
                look.checkFormat(path);
            }
            return new EntryFile(writable(path));
        } catch (MVStoreException e) {
            if (e.getErrorCode() == DataUtils.ERROR_FILE_LOCKED) {
                throw new StoreException(path + " is in use by another process; stop that process", e);
            }
            throw damaged(path, e);
        } catch (RuntimeException e) {
            throw damaged(path, e);
        }
    }

    private static void requirePrivate(Path path) throws IOException, StoreException {
        Set<PosixFilePermission> mode = Files.getPosixFilePermissions(path);
        if (!PrivateFiles.isPrivate(mode)) {
            throw new StoreException(
                    "%s is open to others (mode %s); make it yours alone: chmod 600 %s"
                            .formatted(path, PosixFilePermissions.toString(mode), path),
                    null);
        }
    }

    private void checkFormat(Path path) throws StoreException {
        Long format = numbers.get(FORMAT);
        if (format == null || numbers.get(REVISION) == null) {
            throw damaged(path, null);
        }
        if (format > THIS_FORMAT) {
            throw new StoreException(
                    "%s has format %d, and this version of secret-providers reads formats up to %d: use a later version. Nothing was changed"
                            .formatted(path, format, THIS_FORMAT),
                    null);
        }
    }

    static StoreException damaged(Path path, @Nullable RuntimeException cause) {
        return new StoreException(
                path + " is damaged or not a store of secret-providers; it was left unchanged. Restore a backup:"
                        + " secret-providers restore FILE",
                cause);
    }

    private static MVStore writable(Path path) {
        MVStore store = builder(path).open();
        // Space is reused at once: each commit is on the disk before the next begins, and MVStore keeps the last five
        // versions.
        store.setRetentionTime(0);
        return store;
    }

    private static MVStore.Builder builder(Path path) {
        // Only commit() writes.
        return new MVStore.Builder()
                .fileName(path.toString())
                .autoCommitDisabled()
                .autoCommitBufferSize(0)
                .cacheSize(CACHE_MEGABYTES);
    }

    /** Returns the revision of the last change. */
    long revision() {
        Long revision = numbers.get(REVISION);
        return revision == null ? 0 : revision;
    }

    @Nullable
    Raw get(byte[] key) {
        byte[] value = entries.get(key);
        return value == null ? null : new Raw(key, value);
    }

    /** Returns the entries of a range in order. */
    List<Raw> list(KeyRange range, int limit, boolean descending) {
        List<Raw> found = new ArrayList<>();
        if (range.isEmpty()) {
            return found;
        }
        Cursor<byte[], byte[]> cursor = descending
                ? entries.cursor(range.end(), range.start(), true)
                : entries.cursor(range.start(), range.end(), false);
        while (cursor.hasNext() && (limit == 0 || found.size() < limit)) {
            byte[] key = cursor.next();
            // MVStore's bounds are inclusive, and a bound between two keys means the next key.
            if (range.contains(key)) {
                found.add(new Raw(key, cursor.getValue()));
            }
        }
        return found;
    }

    Snapshot snapshot() {
        return new Snapshot(this);
    }

    /** Changes an entry; {@link #commit} makes the change durable. */
    void put(byte[] key, long revision, byte[] value) {
        ByteBuffer entry = ByteBuffer.allocate(Long.BYTES + value.length);
        entries.put(key, entry.putLong(revision).put(value).array());
    }

    /** Removes an entry; {@link #commit} makes the removal durable. */
    void remove(byte[] key) {
        entries.remove(key);
    }

    /** Commits all changes since the last commit at once. They are on the disk when this returns. */
    void commit(long revision) {
        numbers.put(REVISION, revision);
        store.commit();
        store.sync();
    }

    /** Returns how large the file is, in bytes. */
    long size() {
        return store.getFileStore().size();
    }

    /** Returns space of overwritten entries for a short time; returns whether the file became smaller. */
    boolean compact() {
        long before = size();
        // Earlier versions still contain the rewritten chunks; only later versions release them.
        for (int i = 0; i <= VERSIONS_KEPT; i++) {
            commit(revision());
        }
        store.compactFile(COMPACTION_MILLIS);
        store.sync();
        return size() < before;
    }

    @Override
    public void close() {
        store.close();
    }

    /** Closes the file without writing anything more. */
    void abandon() {
        try {
            store.closeImmediately();
        } catch (RuntimeException e) {
            // The file is abandoned because its state is unknown.
        }
    }
}
