package dev.secretproviders.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keys with values, changed by atomic transactions. Keys are ordered by their UTF-8 bytes and look like paths ({@code
 * provider/vault/prod}). Each transaction that changes something gets the next revision of the whole store; an entry carries
 * the revision that changed it last.
 *
 * <p>Thread-safe. All calls but {@link #watch} block for I/O; none may be made on the request path.
 */
public interface Store extends AutoCloseable {

    /** Returns the entry of a key, or null if there is none. */
    @Nullable
    Stored get(String key) throws StoreException;

    /** Returns the entries of a range, all read at one revision. */
    Listing list(Range range) throws StoreException;

    /** Returns all entries whose keys start with {@code prefix}, in order. */
    default Listing list(String prefix) throws StoreException {
        return list(Range.prefix(prefix));
    }

    /**
     * Makes a transaction's changes if all its conditions hold, and nothing otherwise. Once it returned {@code Committed}, the
     * changes survive the end of the process and of the machine. A transaction that changes nothing, because it only has
     * conditions or deletes what is not there, brings no new revision and returns the one there is.
     *
     * @throws StoreException if it is not known whether the transaction was made. One with a condition on each key that it writes
     *     is safe to repeat: if it was made before, it conflicts with itself, and reading those keys tells
     */
    CommitResult commit(Transaction transaction) throws StoreException;

    /**
     * Tells of each change to keys that start with {@code prefix} after {@code afterRevision}, in order, on a thread of the
     * store, until the watch is closed. Connection losses are mended by the store itself. A revision that the store no longer
     * remembers, or has not reached (because it was restored from a backup), begins with {@link Watcher#lost}.
     */
    Watch watch(String prefix, long afterRevision, Watcher watcher);

    /** Returns what to show to an operator. No I/O. */
    Status status();

    /** Ends watches and closes the engine. */
    @Override
    void close();

    /** A running watch. */
    interface Watch extends AutoCloseable {
        @Override
        void close();
    }

    /** Who is told of changes; called by one thread at a time, returns soon. */
    interface Watcher {
        /** Changes of one revision. */
        void changed(List<Change> changes);

        /**
         * What changed is no longer known (history was compacted): list again. Changes after this call are told as usual; the
         * first of them may be in that listing already.
         */
        void lost();

        /**
         * The entry of a key is not the one that a runner wrote last, and must not be used; what it is, or was, is not told.
         * {@link #changed} tells of a later, right one.
         */
        default void damaged(String key) {}
    }

    /**
     * One change.
     *
     * @param entry the entry as it is now, or null if it was deleted
     */
    record Change(String key, @Nullable Stored entry, long revision) {}

    /**
     * How the engine is.
     *
     * @param engine {@code embedded} or {@code etcd}
     * @param place the file or the endpoints, without credentials
     * @param problem what is wrong now, or null
     */
    record Status(String engine, String place, @Nullable String problem) {}
}
