package dev.secretproviders.store.protection;

import dev.secretproviders.store.DamagedEntryException;
import dev.secretproviders.store.Store.Change;
import dev.secretproviders.store.Store.Watcher;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes changes on once they match the manifest. */
final class VerifyingWatcher implements Watcher {
    private static final Logger LOG = LoggerFactory.getLogger(VerifyingWatcher.class);

    private final VerifiedReads reads;
    private final String prefix;
    private final Watcher watcher;

    VerifyingWatcher(VerifiedReads reads, String prefix, Watcher watcher) {
        this.reads = reads;
        this.prefix = prefix;
        this.watcher = watcher;
    }

    @Override
    public synchronized void changed(List<Change> changes) {
        List<Change> right = new ArrayList<>(changes.size());
        for (Change change : changes) {
            if (Manifest.isNode(change.key())) {
                continue;
            }
            try {
                if (Manifest.covers(change.key()) && !reads.isRight(change)) {
                    Stored now = reads.get(change.key());
                    right.add(new Change(change.key(), now, now == null ? change.revision() : now.revision()));
                } else {
                    right.add(change);
                }
            } catch (DamagedEntryException e) {
                LOG.error("store: {}", e.getMessage());
            } catch (StoreException e) {
                LOG.warn("store: a change of {} cannot be verified now: {}", change.key(), e.getMessage());
                watcher.lost();
            }
        }
        if (!right.isEmpty()) {
            watcher.changed(right);
        }
    }

    @Override
    public synchronized void lost() {
        watcher.lost();
    }

    @Override
    public void restarted() {
        reads.restarted();
        watcher.restarted();
    }

    @Override
    public void damaged(String key) {
        if (concerns(key)) {
            try {
                watcher.damaged(key);
            } catch (RuntimeException e) {
                LOG.error("store: a watcher failed and missed that {} is damaged", key, e);
            }
        }
    }

    boolean concerns(String key) {
        return key.startsWith(prefix);
    }
}
