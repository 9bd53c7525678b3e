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
 * Follows a part of the keys of a store: lists them, is told of their changes, and lists them again whenever the store no longer
 * knows what changed.
 *
 * <p>Thread-safe.
 */
public final class Follower implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Follower.class);
    private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

    private final Store store;
    private final Range range;
    private final Listener listener;
    private final ScheduledExecutorService listing = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("store-follower-", 0).factory());
    private final Object lock = new Object();
    private @Nullable Watch watch;
    private boolean closed;

    /**
     * Learns what is there. A listing and a change may be told at the same time, and a change may be told that is in the listing
     * already, so that what is kept is compared by its revision.
     */
    public interface Listener {
        /** What is there now: told at first, and again when changes may have been missed. May block for I/O. */
        void listed(Listing listing);

        /** Changes of one revision; returns soon. */
        void changed(List<Change> changes);

        /** The entry of a key is not the one that a runner wrote last, and must not be used; returns soon. */
        default void damaged(String key) {}

        /** What is there cannot be listed; that is tried again each second until it can. */
        void unreadable(StoreException cause);
    }

    private Follower(Store store, Range range, Listener listener) {
        this.store = store;
        this.range = range;
        this.listener = listener;
    }

    /**
     * Lists what is there, and follows it from then on. Blocks for I/O.
     *
     * @param range what is listed; changes are told of all keys with its prefix
     * @throws StoreException if it cannot be listed; then it is not followed
     */
    public static Follower start(Store store, Range range, Listener listener) throws StoreException {
        Follower follower = new Follower(store, range, listener);
        try {
            follower.begin();
        } catch (StoreException e) {
            follower.close();
            throw e;
        }
        return follower;
    }

    /** Does the same as soon as the store can be read. Returns at once. */
    public static Follower startWhenReadable(Store store, Range range, Listener listener) {
        Follower follower = new Follower(store, range, listener);
        follower.schedule(follower::begin, Duration.ZERO);
        return follower;
    }

    private void begin() throws StoreException {
        long revision = list();
        synchronized (lock) {
            if (!closed) {
                watch = store.watch(range.prefix(), revision, new Changes());
            }
        }
    }

    /** Lists what is there now, and returns when the listener was told; if it cannot be listed, that is tried again. */
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
            LOG.error("store: a follower of {} failed and missed a listing", range.prefix(), e);
        }
    }

    private void schedule(Reading reading, Duration pause) {
        try {
            var _ = listing.schedule(() -> orTryAgain(reading), pause.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException ignored) {
            // Closing: nothing needs to be known any more.
        }
    }

    private boolean isClosed() {
        synchronized (lock) {
            return closed;
        }
    }

    /** Ends it. The listener may be told of what is under way. */
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
            schedule(Follower.this::list, Duration.ZERO);
        }
    }
}
