package dev.secretproviders.store;

import dev.secretproviders.store.Store.Change;
import dev.secretproviders.store.Store.Watch;
import dev.secretproviders.store.Store.Watcher;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A list and watch over a range of a store. Lists its entries, receives their changes, and lists them again whenever the
 * store no longer knows what changed.
 *
 * <p>Thread-safe.
 */
public final class ListWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ListWatch.class);
    private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

    private final Store store;
    private final Range range;
    private final Listener listener;
    private final ScheduledExecutorService listing = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("store-list-watch-", 0).factory());
    private final Object lock = new Object();
    private @Nullable Watch watch;
    private boolean closed;

    /**
     * Receives entries and changes. A listing and a change may arrive at the same time, and the listing may already
     * contain the change. So a listener compares entries by their revision.
     */
    public interface Listener {
        /** Receives all entries, at first and whenever changes may have been missed. May block for I/O. */
        void listed(Listing listing);

        /**
         * The store may have been restored or replaced. What is known counts as older than any entry from now on, and stays
         * in force until the next listing; returns quickly. For a listener that compares revisions.
         */
        default void restarted() {}

        /** Receives the changes of one revision; returns quickly. */
        void changed(List<Change> changes);

        /** The entry of a key is not the one that a runner wrote last, and must not be used; returns quickly. */
        default void damaged(String key) {}

        /** The entries cannot be listed; this retries every second. */
        void unreadable(StoreException cause);
    }

    private ListWatch(Store store, Range range, Listener listener) {
        this.store = store;
        this.range = range;
        this.listener = listener;
    }

    /**
     * Lists the entries, and reports their changes from then on. Blocks for I/O.
     *
     * @param range what is listed; changes are reported for all keys with its prefix
     * @throws StoreException if the range cannot be listed; then it is not watched
     */
    public static ListWatch start(Store store, Range range, Listener listener) throws StoreException {
        ListWatch started = new ListWatch(store, range, listener);
        try {
            started.begin();
        } catch (StoreException e) {
            started.close();
            throw e;
        }
        return started;
    }

    /** Does the same as {@link #start} as soon as the store can be read. Returns immediately. */
    public static ListWatch startWhenReadable(Store store, Range range, Listener listener) {
        ListWatch started = new ListWatch(store, range, listener);
        started.schedule(started::begin, Duration.ZERO);
        return started;
    }

    private void begin() throws StoreException {
        long revision = list();
        synchronized (lock) {
            if (!closed) {
                watch = store.watch(range.prefix(), revision, new Changes());
            }
        }
    }

    /**
     * Lists the entries again, and returns when the listener has received them. If they cannot be listed, this
     * retries.
     */
    public void listAgain() {
        orTryAgain(this::list);
    }

    private synchronized long list() throws StoreException {
        Listing now = store.list(range);
        listener.listed(now);
        return now.revision();
    }

    private interface Reading {
        void run() throws StoreException;
    }

    private void orTryAgain(Reading reading) {
        try {
            reading.run();
        } catch (StoreException e) {
            if (!isClosed()) {
                listener.unreadable(e);
                schedule(reading, TRY_AGAIN);
            }
        } catch (RuntimeException e) {
            LOG.error("store: a list watch of {} failed and missed a listing", range.prefix(), e);
        }
    }

    private void schedule(Reading reading, Duration pause) {
        try {
            var _ = listing.schedule(() -> orTryAgain(reading), pause.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException ignored) {
            // The watch is closing and needs no listing.
        }
    }

    private boolean isClosed() {
        synchronized (lock) {
            return closed;
        }
    }

    /** Ends the watch. The listener may still receive changes that are under way. */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            if (watch != null) {
                watch.close();
            }
        }
        listing.shutdownNow();
    }

    private final class Changes implements Watcher {
        @Override
        public void changed(List<Change> changes) {
            listener.changed(changes);
        }

        @Override
        public void damaged(String key) {
            listener.damaged(key);
        }

        @Override
        public void lost() {
            schedule(ListWatch.this::list, Duration.ZERO);
        }

        @Override
        public void restarted() {
            // After a listing that is under way, which may be one from before.
            synchronized (ListWatch.this) {
                listener.restarted();
            }
            lost();
        }
    }
}
