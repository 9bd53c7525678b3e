package dev.secretproviders.auth;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The listeners of the index. A listener that throws affects neither the index nor the others. Thread-safe. */
final class IndexListeners {
    private static final Logger LOG = LoggerFactory.getLogger(CredentialDirectory.class);

    private final List<IndexListener> listeners = new CopyOnWriteArrayList<>();

    void add(IndexListener listener) {
        listeners.add(listener);
    }

    void tell(IndexChange change) {
        for (IndexListener listener : listeners) {
            try {
                listener.changed(change);
            } catch (RuntimeException | Error e) {
                LOG.error("a listener of the index failed: {}", e.getClass().getName());
            }
        }
    }
}
