package dev.secretproviders.store.embedded;

import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.KeyRange;
import dev.secretproviders.store.Keys;
import dev.secretproviders.store.Listing;
import dev.secretproviders.store.PrivateFiles;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The store in one file of this machine, used by one process at a time.
 *
 * <p>One thread does all work on the file, so transactions need no locks.
 */
public final class EmbeddedStore implements Store {
    private static final int COMMITS_PER_COMPACTION = 1_000;
    private static final int TURNS_WITHOUT_GAIN = 3;
    private static final Duration COMPACTING_WITHOUT_GAIN = Duration.ofSeconds(5);
    private static final int ENTRIES_PER_TURN = 200;

    private final Path path;
    private final ProcessLock lock;
    private final ChangeLog log = new ChangeLog();
    private final Set<LogWatch> watches = ConcurrentHashMap.newKeySet();
    private final FileThread thread;
    /** Used by the thread only. */
    private int commits;

    private EmbeddedStore(Path path, ProcessLock lock) {
        this.path = path;
        this.lock = lock;
        this.thread = new FileThread(path, log);
    }

    /**
     * Opens a store. Creates the file (mode 0600) and its directory (mode 0700) if they are missing.
     *
     * @param lockWait how long to wait for another process to leave the file: a gateway that reloads starts the new runner before
     *     the old one has ended
     * @throws StoreException if the file is in use, open to other users, damaged, or cannot be created; it is then
     *     unchanged
     */
    public static EmbeddedStore open(Path file, Duration lockWait) throws StoreException {
        ProcessLock lock = null;
        EmbeddedStore store = null;
        try {
            Path path = prepared(file);
            lock = ProcessLock.acquire(path, lockWait);
            if (!Files.exists(path)) {
                create(path);
            }
            store = new EmbeddedStore(path, lock);
            store.thread.run(_ -> true);
            return store;
        } catch (IOException e) {
            throw new StoreException("the store %s cannot be opened: %s".formatted(file, e.getMessage()), e);
        } finally {
            if (store != null && store.thread.problem() != null) {
                store.close();
            } else if (store == null && lock != null) {
                lock.close();
            }
        }
    }

    /**
     * Creates a whole file. An empty file was therefore truncated by something else, and is not taken for a new store.
     */
    private static void create(Path path) throws IOException {
        Path fresh = path.resolveSibling(path.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        EntryFile.create(fresh).close();
        replace(fresh, path);
    }

    private static void replace(Path fresh, Path path) throws IOException {
        Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE);
        PrivateFiles.sync(directory(path));
    }

    private static Path prepared(Path file) throws IOException {
        Path absolute = file.toAbsolutePath().normalize();
        PrivateFiles.createDirectories(directory(absolute));
        return directory(absolute).toRealPath().resolve(absolute.getFileName());
    }

    private static Path directory(Path absolute) {
        Path parent = absolute.getParent();
        if (parent == null) {
            throw new IllegalArgumentException("the store's file cannot be " + absolute);
        }
        return parent;
    }

    @Override
    public @Nullable Stored get(String key) throws StoreException {
        byte[] bytes = Keys.bytes(key);
        EntryFile.Raw found =
                thread.run(entries -> new Found(entries.get(bytes))).entry();
        return found == null ? null : found.stored();
    }

    /** Wraps an entry that may be absent, since executors and lambdas do not accept null. */
    private record Found(EntryFile.@Nullable Raw entry) {}

    @Override
    public Listing list(Range range) throws StoreException {
        KeyRange keys = KeyRange.of(range);
        return thread.run(entries -> new Listing(
                entries.list(keys, range.limit(), range.descending()).stream()
                        .map(EntryFile.Raw::stored)
                        .toList(),
                List.of(),
                entries.revision()));
    }

    @Override
    public CommitResult commit(Transaction transaction) throws StoreException {
        Map<String, byte[]> keys = new HashMap<>();
        transaction.conditions().keySet().forEach(key -> keys.put(key, Keys.bytes(key)));
        transaction.puts().keySet().forEach(key -> keys.put(key, Keys.bytes(key)));
        transaction.deletes().forEach(key -> keys.put(key, Keys.bytes(key)));
        return thread.run(entries -> commit(entries, transaction, keys));
    }

    private CommitResult commit(EntryFile entries, Transaction transaction, Map<String, byte[]> keys) {
        Map<String, EntryFile.Raw> present = new HashMap<>();
        keys.forEach((key, bytes) -> {
            EntryFile.Raw entry = entries.get(bytes);
            if (entry != null) {
                present.put(key, entry);
            }
        });
        Set<String> conflicts = new HashSet<>();
        transaction.conditions().forEach((key, revision) -> {
            EntryFile.Raw entry = present.get(key);
            if (revision != (entry == null ? 0 : entry.revision())) {
                conflicts.add(key);
            }
        });
        if (!conflicts.isEmpty()) {
            return new CommitResult.Conflict(Set.copyOf(conflicts));
        }
        long revision = entries.revision() + 1;
        List<Change> changes = new ArrayList<>();
        keys.forEach((key, bytes) -> {
            byte[] value = transaction.puts().get(key);
            if (value != null) {
                entries.put(bytes, revision, value);
                changes.add(new Change(key, new Stored(key, value.clone(), revision), revision));
            } else if (transaction.deletes().contains(key) && present.containsKey(key)) {
                entries.remove(bytes);
                changes.add(new Change(key, null, revision));
            }
        });
        if (changes.isEmpty()) {
            return new CommitResult.Committed(revision - 1);
        }
        entries.commit(revision);
        log.add(revision, List.copyOf(changes));
        if (++commits % COMMITS_PER_COMPACTION == 0) {
            entries.compact();
        }
        return new CommitResult.Committed(revision);
    }

    @Override
    public Watch watch(String prefix, long afterRevision, Watcher watcher) {
        LogWatch watch = new LogWatch(log, prefix, afterRevision, watcher, watches::remove);
        watches.add(watch);
        return watch.start();
    }

    /** Returns how large the file is, in bytes. */
    public long size() throws StoreException {
        return thread.run(EntryFile::size);
    }

    /**
     * Returns the space of overwritten entries to the file system, in short turns between which other calls are served.
     */
    public void compact() throws StoreException {
        // A turn that only moves chunks makes the next one shorter. While others write, there is always something to
        // move. So it goes on only while the file gets smaller than it was before.
        int idle = 0;
        long smallest = size();
        long giveUpAt = System.nanoTime() + COMPACTING_WITHOUT_GAIN.toNanos();
        while (idle < TURNS_WITHOUT_GAIN && System.nanoTime() - giveUpAt < 0) {
            idle = thread.run(EntryFile::compact) ? 0 : idle + 1;
            long size = size();
            if (size < smallest) {
                smallest = size;
                giveUpAt = System.nanoTime() + COMPACTING_WITHOUT_GAIN.toNanos();
            }
        }
    }

    /**
     * Writes a consistent copy of the store, while others read and write. Values that are sealed in the store are
     * sealed in the backup, which is useless without the master key.
     *
     * @param out is left open
     */
    public void backup(OutputStream out) throws StoreException {
        EntryFile.Snapshot snapshot = thread.run(EntryFile::snapshot);
        try {
            Backup.Writer writer = new Backup.Writer(out, snapshot.revision());
            List<EntryFile.Raw> entries;
            do {
                entries = thread.run(_ -> snapshot.next(ENTRIES_PER_TURN));
                for (EntryFile.Raw entry : entries) {
                    writer.entry(entry.key(), entry.revision(), entry.value());
                }
            } while (!entries.isEmpty());
            writer.end();
        } catch (IOException e) {
            throw new StoreException("the backup cannot be written: " + e.getMessage(), e);
        } finally {
            thread.run(_ -> {
                snapshot.close();
                return true;
            });
        }
    }

    /**
     * Does the same as {@link #backup(OutputStream)}, to a new file of mode 0600. The file is on the disk when this
     * returns.
     */
    public void backup(Path to) throws StoreException {
        try (FileChannel channel = FileChannel.open(
                to, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), PrivateFiles.FILE)) {
            boolean whole = false;
            try {
                backup(Channels.newOutputStream(channel));
                channel.force(true);
                whole = true;
            } finally {
                if (!whole) {
                    Files.deleteIfExists(to);
                }
            }
        } catch (FileAlreadyExistsException e) {
            throw new StoreException("there is already a file " + to + "; name another one", e);
        } catch (IOException e) {
            throw new StoreException("the backup cannot be written: " + e.getMessage(), e);
        }
    }

    /**
     * Replaces a store by a backup, which is read to its end and checked first. No process may use the store.
     *
     * @return where the previous store is kept, or null if there was none
     * @throws StoreException if the store is in use, or the backup is damaged; the store is then unchanged
     */
    public static @Nullable Path restore(Path backup, Path file) throws StoreException {
        try {
            Path path = prepared(file);
            try (ProcessLock _ = ProcessLock.acquire(path, Duration.ZERO)) {
                Path fresh = path.resolveSibling(path.getFileName() + ".restoring");
                try {
                    read(backup, fresh);
                    Path aside = null;
                    if (Files.exists(path)) {
                        aside = path.resolveSibling(
                                path.getFileName() + ".before-restore-" + System.currentTimeMillis());
                        Files.createLink(aside, path);
                    }
                    replace(fresh, path);
                    return aside;
                } finally {
                    Files.deleteIfExists(fresh);
                }
            }
        } catch (IOException e) {
            throw new StoreException("%s cannot be restored to %s: %s".formatted(backup, file, e.getMessage()), e);
        }
    }

    private static void read(Path backup, Path fresh) throws IOException, StoreException {
        Files.deleteIfExists(fresh);
        try (InputStream in = Files.newInputStream(backup);
                EntryFile entries = EntryFile.create(fresh)) {
            entries.commit(Backup.read(in, entries::put));
        }
    }

    @Override
    public Status status() {
        return new Status("embedded", path.toString(), thread.problem());
    }

    @Override
    public void close() {
        List.copyOf(watches).forEach(LogWatch::close);
        try {
            thread.close();
        } finally {
            lock.close();
        }
    }
}
