package dev.secretproviders.audit;

import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Transaction;

/** Stand-in until the branch lands. */
public final class AuditLog {
    private final Store store;

    /** Stand-in. */
    public AuditLog(Store store) {
        this.store = store;
    }

    /** Stand-in. */
    public void record(AuditEvent event) throws StoreException {}

    /** Stand-in. */
    public void recordSoon(AuditEvent event) {}

    /** Stand-in. */
    public CommitResult commit(Transaction changes, AuditEvent event) throws StoreException {
        return store.commit(changes);
    }
}
