package dev.secretproviders.app.control;

import dev.secretproviders.admin.operation.Operations;
import dev.secretproviders.app.settings.CryptoSettings;
import dev.secretproviders.app.settings.Version;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.crypto.FipsModule;
import dev.secretproviders.crypto.KeyringException;
import dev.secretproviders.settings.InvalidSettingsException;
import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.embedded.EmbeddedStore;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Operations on the store as a whole, from the Admin API or the command line. Thread-safe. */
public final class StoreOperations implements Operations {
    private static final String STORE = "store";
    private static final String CONFIGURATION = "configuration";

    private final OpenedStore store;
    private final AuditLog audit;
    private final CryptoSettings crypto;
    private final BesideTheStore beside;
    private final Reading reading;
    private final ReentrantLock rekeying = new ReentrantLock();
    private final AtomicInteger underWay = new AtomicInteger();
    private final ReentrantLock reloading = new ReentrantLock();

    /** Data outside the store that the keyring seals. */
    @FunctionalInterface
    public interface BesideTheStore {
        /** Encrypts the data with the current master key. */
        void rewrap() throws IOException;
    }

    /** Reads the configuration again. */
    @FunctionalInterface
    public interface Reading {
        /** Reads and validates the configuration. Changes nothing yet. */
        Reload.Prepared prepare() throws RefusedException;
    }

    /** Creates the operations on an opened store. */
    public StoreOperations(
            OpenedStore store, AuditLog audit, CryptoSettings crypto, BesideTheStore beside, Reading reading) {
        this.store = store;
        this.audit = audit;
        this.crypto = crypto;
        this.beside = beside;
        this.reading = reading;
    }

    @Override
    public Status status() {
        return new Status(
                Version.text(),
                FipsModule.load(),
                store.sealed().status(),
                new Keyring(
                        crypto.place(),
                        store.keyring().currentId(),
                        store.keyring().ids()),
                audit.dropped());
    }

    @Override
    public Rekeyed rekey(Actor actor, @Nullable String requestId) throws StoreException, RefusedException {
        rekeying.lock();
        underWay.incrementAndGet();
        try {
            store.keyring().reread();
            if (store.underCurrentKey()) {
                addKey();
            }
            int entries = 0;
            int changed;
            do {
                // A concurrent writer may still have used the previous key.
                changed = store.sealed().rewrap();
                entries += changed;
            } while (changed > 0);
            beside.rewrap();
            AuditEvent event = AuditEvent.done(EventCode.REKEY, actor, STORE)
                    .in(requestId)
                    .withMessage(entries + " entries are under master key "
                            + store.keyring().currentId());
            CommitResult _ = audit.commit(store.rewrapped(), event);
            return new Rekeyed(store.keyring().currentId(), entries);
        } catch (KeyringException | RefusedException | IOException e) {
            audit.record(AuditEvent.failed(EventCode.REKEY, actor, STORE, String.valueOf(e.getMessage()))
                    .in(requestId));
            throw new RefusedException(String.valueOf(e.getMessage()));
        } finally {
            underWay.decrementAndGet();
            rekeying.unlock();
        }
    }

    private void addKey() throws KeyringException, RefusedException {
        if (!(store.raw() instanceof EmbeddedStore)) {
            throw new RefusedException(
                    "several runners may use this store: make a key with 'openssl rand -base64 32', put"
                            + " it first in the keyring of each runner, and call this again");
        }
        String _ = store.keyring().addKey();
    }

    @Override
    public Reloaded reload(Actor actor, @Nullable String requestId)
            throws StoreException, RefusedException, InterruptedException {
        reloading.lock();
        try {
            Reload.Prepared prepared = reading.prepare();
            Reloaded reloaded = prepared.reloaded();
            // Recorded first, so that no change goes unrecorded.
            audit.record(AuditEvent.done(EventCode.RELOAD, actor, CONFIGURATION)
                    .in(requestId)
                    .withMessage("in force: " + reloaded.applied() + "; after a restart: " + reloaded.needRestart()));
            prepared.change().apply();
            return reloaded;
        } catch (RefusedException | InvalidSettingsException e) {
            audit.record(AuditEvent.failed(EventCode.RELOAD, actor, CONFIGURATION, String.valueOf(e.getMessage()))
                    .in(requestId));
            // InvalidSettingsException comes from a file that changed while it was applied.
            throw new RefusedException(String.valueOf(e.getMessage()));
        } finally {
            reloading.unlock();
        }
    }

    @Override
    public Compacted compact(Actor actor, @Nullable String requestId) throws StoreException, RefusedException {
        if (!(store.raw() instanceof EmbeddedStore embedded)) {
            throw new RefusedException(
                    "the store is etcd, which compacts itself (--auto-compaction-retention); its space is given back"
                            + " with: etcdctl defrag");
        }
        audit.record(AuditEvent.done(EventCode.COMPACT, actor, STORE).in(requestId));
        long before = embedded.size();
        underWay.incrementAndGet();
        try {
            embedded.compact();
        } finally {
            underWay.decrementAndGet();
        }
        return new Compacted(before, embedded.size());
    }

    @Override
    public Backup backup(Actor actor, @Nullable String requestId) throws StoreException, RefusedException {
        if (!(store.raw() instanceof EmbeddedStore embedded)) {
            throw new RefusedException("the store is etcd, which is backed up with: etcdctl snapshot save FILE");
        }
        audit.record(AuditEvent.done(EventCode.BACKUP, actor, STORE).in(requestId));
        return out -> {
            underWay.incrementAndGet();
            try {
                embedded.backup(out);
            } finally {
                underWay.decrementAndGet();
            }
        };
    }

    @Override
    public boolean underWay() {
        return underWay.get() > 0;
    }
}
