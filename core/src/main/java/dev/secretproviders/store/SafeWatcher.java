package dev.secretproviders.store;

import dev.secretproviders.store.Store.Change;
import dev.secretproviders.store.Store.Watcher;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps a watch alive when its watcher fails. Engines wrap the watchers that they call. */
public record SafeWatcher(Watcher watcher) implements Watcher {
    private static final Logger LOG = LoggerFactory.getLogger(SafeWatcher.class);

    @Override
    public void changed(List<Change> changes) {
        guarded(() -> watcher.changed(changes));
    }

    @Override
    public void lost() {
        guarded(watcher::lost);
    }

    @Override
    public void restarted() {
        guarded(watcher::restarted);
    }

    private static void guarded(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            LOG.error("store: a watcher failed and missed a change", e);
        }
    }
}
