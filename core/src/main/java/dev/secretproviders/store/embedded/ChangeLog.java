package dev.secretproviders.store.embedded;

import dev.secretproviders.store.Store.Change;
import dev.secretproviders.store.Stored;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The latest changes of the embedded engine, from which its watches read. The log is bounded: a watch that reads too
 * slowly, or asks for older changes, gets {@link Lost}. Thread-safe.
 */
final class ChangeLog {
    private static final int MOST_REVISIONS = 10_000;
    private static final long MOST_BYTES = 8 << 20;

    private final TreeMap<Long, List<Change>> revisions = new TreeMap<>();
    private long bytes;
    /** Every change after this revision is remembered. */
    private long floor;

    private long newest;

    /** What follows a revision. */
    sealed interface Next {
        long revision();

        /** The changes of the next revision. */
        record Changes(long revision, List<Change> changes) implements Next {}

        /** The next revision is no longer, or not yet, known; continue from this one. */
        record Lost(long revision) implements Next {}
    }

    /** Forgets everything; the store is now at {@code revision}. */
    synchronized void reset(long revision) {
        revisions.clear();
        bytes = 0;
        floor = revision;
        newest = revision;
        notifyAll();
    }

    /** Adds the changes of the next revision. */
    synchronized void add(long revision, List<Change> changes) {
        revisions.put(revision, changes);
        newest = revision;
        bytes += size(changes);
        while (revisions.size() > MOST_REVISIONS || (bytes > MOST_BYTES && revisions.size() > 1)) {
            Map.Entry<Long, List<Change>> oldest = revisions.pollFirstEntry();
            floor = oldest.getKey();
            bytes -= size(oldest.getValue());
        }
        notifyAll();
    }

    /** Waits for what follows {@code revision}. */
    synchronized Next after(long revision) throws InterruptedException {
        while (revision == newest) {
            wait();
        }
        Map.@Nullable Entry<Long, List<Change>> next = revisions.higherEntry(revision);
        if (revision < floor || next == null) {
            return new Next.Lost(newest);
        }
        return new Next.Changes(next.getKey(), next.getValue());
    }

    private static long size(List<Change> changes) {
        long size = 0;
        for (Change change : changes) {
            Stored entry = change.entry();
            size += change.key().length() + (entry == null ? 0 : entry.value().length);
        }
        return size;
    }
}
