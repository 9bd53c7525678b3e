package dev.secretproviders.audit;

import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.Listing;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import org.jspecify.annotations.Nullable;

/** A real store whose transactions can hang, fail, or succeed without an answer. */
public final class FaultyStore implements Store {
    /** A fault around a transaction. */
    @FunctionalInterface
    public interface Fault {
        void strike() throws StoreException;
    }

    public static final Fault NONE = () -> {};
    public static final Fault FAILURE = () -> {
        throw new StoreException("the disk is full", null);
    };

    public volatile Fault before = NONE;
    public volatile Fault after = NONE;
    public volatile Fault beforeList = NONE;

    private final Store store;

    public FaultyStore(Store store) {
        this.store = store;
    }

    @Override
    public CommitResult commit(Transaction transaction) throws StoreException {
        before.strike();
        CommitResult result = store.commit(transaction);
        after.strike();
        return result;
    }

    @Override
    public @Nullable Stored get(String key) throws StoreException {
        return store.get(key);
    }

    @Override
    public Listing list(Range range) throws StoreException {
        beforeList.strike();
        return store.list(range);
    }

    @Override
    public Watch watch(String prefix, long afterRevision, Watcher watcher) {
        return store.watch(prefix, afterRevision, watcher);
    }

    @Override
    public Status status() {
        return store.status();
    }

    @Override
    public void close() {}
}
