package dev.secretproviders.app.settings;

import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.Listing;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A store that is opened after its users are created. Until then it cannot be read. It may be closed and opened again;
 * those who watch it then learn that they may have missed changes. Thread-safe.
 */
public final class DeferredStore implements Store {
    private final Set<Following> watches = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Store store;

    /** Sets the opened store. */
    public void open(Store opened) throws StoreException {
        store = opened;
        for (Following following : watches) {
            following.follow(
                    opened, opened.list(Range.prefix(following.prefix).limit(1)).revision());
            following.watcher.lost();
        }
    }

    /** A watch that outlives the store. */
    private final class Following implements Watch {
        private final String prefix;
        private final Watcher watcher;
        private @Nullable Watch current;

        Following(String prefix, Watcher watcher) {
            this.prefix = prefix;
            this.watcher = watcher;
        }

        synchronized void follow(Store opened, long afterRevision) {
            current = opened.watch(prefix, afterRevision, watcher);
        }

        @Override
        public synchronized void close() {
            watches.remove(this);
            if (current != null) {
                current.close();
            }
        }
    }

    private Store store() throws StoreException {
        Store opened = store;
        if (opened == null) {
            throw new StoreException("the store is not open yet", null);
        }
        return opened;
    }

    @Override
    public @Nullable Stored get(String key) throws StoreException {
        return store().get(key);
    }

    @Override
    public Listing list(Range range) throws StoreException {
        return store().list(range);
    }

    @Override
    public CommitResult commit(Transaction transaction) throws StoreException {
        return store().commit(transaction);
    }

    /** Watches the store. The store is open by now, because {@code afterRevision} comes from a listing. */
    @Override
    public Watch watch(String prefix, long afterRevision, Watcher watcher) {
        Following following = new Following(prefix, watcher);
        try {
            following.follow(store(), afterRevision);
            watches.add(following);
            return following;
        } catch (StoreException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Status status() {
        Store opened = store;
        return opened == null ? new Status("none", "", "it is not open yet") : opened.status();
    }

    /** Does nothing. The code that opened the store closes it. */
    @Override
    public void close() {}
}
