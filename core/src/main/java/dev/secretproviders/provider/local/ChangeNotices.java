package dev.secretproviders.provider.local;

import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.store.ListWatch;
import dev.secretproviders.store.Listing;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.Store.Change;
import dev.secretproviders.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports when a provider's secrets may have changed: after a write by any runner, seen in the store's watch, and when
 * a secret expires. Thread-safe.
 */
final class ChangeNotices implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ChangeNotices.class);

    /**
     * Longest time to the next check of an expiry. Later ones are checked again then, because the clock or the date may
     * have changed.
     */
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);

    private final String provider;
    private final Store store;
    private final InstantSource clock;
    private final Set<SecretPath> pinned = ConcurrentHashMap.newKeySet();
    private final Map<SecretPath, Instant> awaited = new ConcurrentHashMap<>();
    private volatile @Nullable ListWatch watch;
    private volatile Consumer<List<SecretPath>> listener = paths -> {};

    ChangeNotices(String provider, Store store, InstantSource clock) {
        this.provider = provider;
        this.store = store;
        this.clock = clock;
    }

    /** Starts the watch as soon as the store can be read. Returns at once. */
    void start(Consumer<List<SecretPath>> listener) {
        this.listener = listener;
        String keys = LocalPath.keysOf(provider);
        watch = ListWatch.startWhenReadable(store, Range.prefix(keys).limit(1), new Notifier(keys));
    }

    /** Notes that a reference uses this path, so that changes of its secret also concern a pinned version. */
    void asked(SecretPath path) {
        if (path.version() != null) {
            pinned.add(path);
        }
    }

    /** Notes that a value about to be returned must be fetched again at that time. */
    void expiring(SecretPath path, Instant expiresAt) {
        if (expiresAt.equals(awaited.put(path, expiresAt))) {
            return;
        }
        Duration wait = Duration.between(clock.instant(), expiresAt);
        Executor later = CompletableFuture.delayedExecutor(
                (wait.compareTo(LONGEST_WAIT) < 0 ? wait : LONGEST_WAIT).toMillis() + 1,
                TimeUnit.MILLISECONDS,
                Thread::startVirtualThread);
        later.execute(() -> {
            if (awaited.remove(path, expiresAt)) {
                listener.accept(List.of(path));
            }
        });
    }

    @Override
    public void close() {
        listener = paths -> {};
        awaited.clear();
        ListWatch started = watch;
        if (started != null) {
            started.close();
        }
    }

    private final class Notifier implements ListWatch.Listener {
        private final String keys;
        private boolean complained;

        private Notifier(String keys) {
            this.keys = keys;
        }

        @Override
        public void changed(List<Change> changes) {
            List<SecretPath> paths = new ArrayList<>();
            for (Change change : changes) {
                String name = change.key().substring(keys.length());
                paths.add(SecretPath.current(name));
                pinned.stream().filter(path -> path.name().equals(name)).forEach(paths::add);
            }
            listener.accept(paths);
        }

        /** What was read before this moment may have changed since. */
        @Override
        public void listed(Listing listing) {
            listener.accept(List.of());
        }

        @Override
        public void unreadable(StoreException cause) {
            if (!complained) {
                LOG.warn("{}/{}: changes are seen with a delay: {}", LocalPath.MANAGER, provider, cause.getMessage());
                complained = true;
            }
        }
    }
}
