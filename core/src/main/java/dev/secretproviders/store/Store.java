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
     * Makes a transaction's changes if all its conditions hold, and nothing otherwise. Once it has returned {@code
     * Committed}, the changes survive a crash of the process and of the machine. A transaction without changes, such as
     * the deletion of an absent entry, makes no new revision and returns the current one.
     *
     * @throws StoreException if the store fails; it may be unknown whether the transaction was made. A transaction with
     *     a condition on each key that it writes is safe to repeat: if it was made before, it conflicts with itself,
     *     and reading those keys shows that
     */
    CommitResult commit(Transaction transaction) throws StoreException;

    /**
     * Reports each change after {@code afterRevision} to keys that start with {@code prefix}, in order, until the watch
     * is closed. The watcher is called on a thread of the store. The store reconnects by itself. If the store no longer
     * remembers the revision, or has not reached it (after a restore), the watch begins with {@link Watcher#lost}.
     */
    Watch watch(String prefix, long afterRevision, Watcher watcher);

    /** Returns the state to show to an operator. No I/O. */
    Status status();

    /** Ends watches and closes the engine. */
    @Override
    void close();

    /** A running watch. */
    interface Watch extends AutoCloseable {
        @Override
        void close();
    }

    /** Receives changes. Called by one thread at a time; returns quickly. */
    interface Watcher {
        /** Receives the changes of one revision. */
        void changed(List<Change> changes);

        /**
         * What changed is no longer known (history was compacted), so the watcher must list again. Later changes are
         * reported as usual; that listing may already contain the first of them.
         */
        void lost();

        /**
         * The store may have another history, because it was restored or replaced. So what is known has no revision any
         * more that can be compared, and the watcher must list again, as after {@link #lost}. May wait for a listing that
         * is under way.
         */
        void restarted();

        /**
         * The entry of a key is not the one that a runner wrote last, and must not be used. Its content is not
         * reported. {@link #changed} reports a later, correct one.
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
     * The state of the engine.
     *
     * @param engine {@code embedded} or {@code etcd}
     * @param place the file or the endpoints, without credentials
     * @param problem the current problem, or null
     */
    record Status(String engine, String place, @Nullable String problem) {}
}
