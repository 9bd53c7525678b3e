package dev.secretproviders.resolve;

import dev.secretproviders.spi.SecretReference;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The listeners of one resolver. Thread-safe. Never called under the resolver's lock. */
final class Listeners {
    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

    private final List<ResolverListener> all = new CopyOnWriteArrayList<>();

    void add(ResolverListener listener) {
        all.add(listener);
    }

    void remove(ResolverListener listener) {
        all.remove(listener);
    }

    /** Notifies all listeners. An exception from one does not keep the others from being notified. */
    void tell(Consumer<ResolverListener> event) {
        for (ResolverListener listener : all) {
            try {
                event.accept(listener);
            } catch (RuntimeException | Error e) {
                LOG.warn("a listener of the resolver failed: {}", e.getClass().getName());
            }
        }
    }

    /** Notifies listeners that the values of these references changed, unless the set is empty. */
    void tellChanged(Set<SecretReference> references) {
        if (!references.isEmpty()) {
            tell(listener -> listener.changed(references));
        }
    }

    /** Notifies listeners that a provider was put in force, replaced or removed. */
    void tellProvidersChanged() {
        tell(listener -> listener.changed(Set.of()));
    }

    /** Events collected under the lock, for delivery after it. Not thread-safe. */
    final class Pending {
        private final List<Consumer<ResolverListener>> events = new ArrayList<>();
        private final Set<SecretReference> changed = new HashSet<>();
        private final List<Runnable> afterwards = new ArrayList<>();

        void add(Consumer<ResolverListener> event) {
            events.add(event);
        }

        void addChanged(Set<SecretReference> references) {
            changed.addAll(references);
        }

        /** Runs a task after all deliveries. */
        void after(Runnable task) {
            afterwards.add(task);
        }

        /** Delivers the events in order, and then one notification of all changes. */
        void tell() {
            events.forEach(Listeners.this::tell);
            tellChanged(changed);
            afterwards.forEach(Runnable::run);
        }
    }
}
