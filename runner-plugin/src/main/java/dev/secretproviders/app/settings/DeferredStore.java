package dev.secretproviders.app.settings;

import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.Listing;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import org.jspecify.annotations.Nullable;

/** A store that is opened later than those who use it are made. Until then it cannot be read. Thread-safe. */
public final class DeferredStore implements Store {
    private volatile @Nullable Store store;

    public void open(Store opened) {
        store = opened;
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

    /** A revision to watch from comes from a listing, so that the store is open by now. */
    @Override
    public Watch watch(String prefix, long afterRevision, Watcher watcher) {
        try {
            return store().watch(prefix, afterRevision, watcher);
        } catch (StoreException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Status status() {
        Store opened = store;
        return opened == null ? new Status("none", "", "it is not open yet") : opened.status();
    }

    /** The store belongs to whoever opened it. */
    @Override
    public void close() {}
}
