package dev.secretproviders.store;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A store of another owner, which this does not close. Counts the calls. */
public final class BorrowedStore implements Store {
    private final Store store;
    private final AtomicInteger calls = new AtomicInteger();

    public BorrowedStore(Store store) {
        this.store = store;
    }

    public int calls() {
        return calls.get();
    }

    @Override
    public @Nullable Stored get(String key) throws StoreException {
        calls.incrementAndGet();
        return store.get(key);
    }

    @Override
    public Listing list(Range range) throws StoreException {
        calls.incrementAndGet();
        return store.list(range);
    }

    @Override
    public CommitResult commit(Transaction transaction) throws StoreException {
        calls.incrementAndGet();
        return store.commit(transaction);
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
