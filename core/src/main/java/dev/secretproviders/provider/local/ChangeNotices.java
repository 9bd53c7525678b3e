package dev.secretproviders.provider.local;

import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.Store.Change;
import dev.secretproviders.store.Store.Watch;
import dev.secretproviders.store.Store.Watcher;
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
 * Tells when a provider's secrets may have changed: by the store's watch, whichever runner of a cluster wrote, and when one
 * expires. Thread-safe.
 */
final class ChangeNotices implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ChangeNotices.class);
    private static final Duration RETRY = Duration.ofSeconds(1);

    /** Later ones are looked at again then: clocks are set, and a secret may have another date by that time. */
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);

    private final String provider;
    private final Store store;
    private final InstantSource clock;
    private final Set<SecretPath> pinned = ConcurrentHashMap.newKeySet();
    private final Map<SecretPath, Instant> awaited = new ConcurrentHashMap<>();
    private final Object lock = new Object();
    private @Nullable Thread starting;
    private @Nullable Watch watch;
    private boolean closed;
    private volatile Consumer<List<SecretPath>> listener = paths -> {};

    ChangeNotices(String provider, Store store, InstantSource clock) {
        this.provider = provider;
        this.store = store;
        this.clock = clock;
    }

    /** Begins to watch, as soon as the store can be read. Returns at once. */
    void start(Consumer<List<SecretPath>> listener) {
        this.listener = listener;
        synchronized (lock) {
            starting = Thread.ofVirtual()
                    .name("watch " + LocalPath.MANAGER + "/" + provider)
                    .start(this::startWatch);
        }
    }

    /** Notes that somebody holds this path: a change of its secret concerns a pinned version, too. */
    void asked(SecretPath path) {
        if (path.version() != null) {
            pinned.add(path);
        }
    }

    /** Notes that a value that is about to be handed out must be asked for again at that time. */
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
        synchronized (lock) {
            closed = true;
            if (starting != null) {
                starting.interrupt();
            }
            if (watch != null) {
                watch.close();
            }
        }
    }

    private void startWatch() {
        String keys = LocalPath.keysOf(provider);
        boolean said = false;
        while (true) {
            try {
                long revision = store.list(Range.prefix(keys).limit(1)).revision();
                synchronized (lock) {
                    if (closed) {
                        return;
                    }
                    watch = store.watch(keys, revision, new Notifier(keys));
                }
                // Whoever read before this moment may have read what was changed in between.
                listener.accept(List.of());
                return;
            } catch (StoreException e) {
                if (!said) {
                    LOG.warn("{}/{}: changes are seen with a delay: {}", LocalPath.MANAGER, provider, e.getMessage());
                    said = true;
                }
            }
            try {
                Thread.sleep(RETRY);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private final class Notifier implements Watcher {
        private final String keys;

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

        @Override
        public void lost() {
            listener.accept(List.of());
        }
    }
}
