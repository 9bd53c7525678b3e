package dev.secretproviders.control;

import dev.secretproviders.provider.ProviderLimits.Origin;
import dev.secretproviders.provider.ProviderObject;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.Trial;
import dev.secretproviders.settings.InvalidSettingsException;
import dev.secretproviders.spi.Capability;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.store.DamagedEntryException;
import dev.secretproviders.store.ListWatch;
import dev.secretproviders.store.Listing;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts the provider objects of the store in force on this runner, and follows their changes. A change by another runner
 * is installed as soon as the store reports it. Its secrets stay known until the new provider has answered.
 *
 * <p>Thread-safe. Each provider has a {@linkplain #lock lock}, held while its object is read from the store, tried, put
 * in force or taken out. The getters take no lock.
 */
final class StoredProviders implements ListWatch.Listener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StoredProviders.class);
    /**
     * Time limit of a trial for a change by another runner. Most managers answer within it, and the change is in force
     * within a second.
     */
    static final Duration TRIAL_PATIENCE = Duration.ofMillis(500);

    private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

    private final Store store;
    private final ProviderRegistry registry;
    private final Resolver resolver;
    private volatile Set<ProviderId> configured;
    private final Map<ProviderId, ProviderObject> inForce = new ConcurrentSkipListMap<>();
    private final Map<ProviderId, String> problems = new ConcurrentSkipListMap<>();
    private final Map<ProviderId, ReentrantLock> locks = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("provider-object-", 0).factory());
    private volatile boolean started;
    private volatile @Nullable ListWatch watch;

    /** @param configured the providers of the configuration file, which the store cannot replace */
    StoredProviders(Store store, ProviderRegistry registry, Resolver resolver, Set<ProviderId> configured) {
        this.store = store;
        this.registry = registry;
        this.resolver = resolver;
        this.configured = Set.copyOf(configured);
    }

    /** Puts all objects of the store in force and follows their changes. Unusable objects are reported and left out. */
    void start() throws StoreException {
        watch = ListWatch.start(store, Range.prefix(ProviderObject.PREFIX), this);
    }

    /** Returns the objects of the store that are in force, as a view. */
    Map<ProviderId, ProviderObject> inForce() {
        return Collections.unmodifiableMap(inForce);
    }

    /**
     * Notes that a provider of the configuration file replaced the store's. Returns whether the store's was in force.
     */
    boolean forget(ProviderId id) {
        return inForce.remove(id) != null;
    }

    Map<ProviderId, String> problems() {
        return Map.copyOf(problems);
    }

    Set<ProviderId> configured() {
        return configured;
    }

    void configured(Set<ProviderId> now) {
        configured = Set.copyOf(now);
    }

    /** Returns the lock under which this provider is changed. */
    ReentrantLock lock(ProviderId id) {
        return locks.computeIfAbsent(id, absent -> new ReentrantLock());
    }

    /** Puts a provider in force and closes the one that it replaces. */
    void putInForce(Registered registered, Trial trial) {
        trial.install();
        Registered replaced = registry.install(registered);
        if (replaced != null) {
            replaced.close();
        }
    }

    /** Puts an object of the store in force. */
    void install(ProviderObject object, Registered registered, Trial trial) {
        putInForce(registered, trial);
        inForce.put(object.id(), object);
        problems.remove(object.id());
        // Another object may have waited for this provider, because its credentials refer to it.
        problems.keySet().forEach(this::scheduleRead);
    }

    /** Takes a provider out of force and closes it. */
    void withdraw(ProviderId id) {
        inForce.remove(id);
        problems.remove(id);
        resolver.remove(id);
        Registered removed = registry.remove(id);
        if (removed != null) {
            removed.close();
        }
    }

    @Override
    public void listed(Listing listing) {
        if (!started) {
            started = true;
            // First those that may hold credentials of other providers.
            listing.entries().stream()
                    .sorted(Comparator.comparing(entry -> !mayHoldCredentials(entry.key())))
                    .forEach(this::follow);
            listing.damaged().forEach(this::damaged);
            return;
        }
        Set<String> keys = ConcurrentHashMap.newKeySet();
        inForce.keySet().forEach(id -> keys.add(ProviderObject.key(id)));
        problems.keySet().forEach(id -> keys.add(ProviderObject.key(id)));
        listing.entries().forEach(entry -> keys.add(entry.key()));
        keys.addAll(listing.damaged());
        keys.forEach(this::scheduleRead);
    }

    private boolean mayHoldCredentials(String key) {
        ProviderId id = id(key);
        return id != null && registry.able(id, Capability.HOLDS_CREDENTIALS);
    }

    @Override
    public void restarted() {
        inForce.replaceAll((_, known) -> known.at(0));
    }

    @Override
    public void changed(List<Store.Change> changes) {
        changes.forEach(change -> scheduleRead(change.key()));
    }

    @Override
    public void unreadable(StoreException cause) {
        LOG.warn("provider objects cannot be read from the store: {}; trying again", cause.getMessage());
    }

    /** Reads the object of a provider from the store and puts it in force. Returns at once. */
    void scheduleRead(ProviderId id) {
        scheduleRead(ProviderObject.key(id));
    }

    private void scheduleRead(String key) {
        try {
            threads.execute(() -> follow(key));
        } catch (RejectedExecutionException ignored) {
            // During shutdown nothing needs to be put in force.
        }
    }

    private void follow(String key) {
        try {
            ProviderId id = id(key);
            if (id == null) {
                LOG.error("{} in the store is not a provider object", key);
                return;
            }
            ReentrantLock lock = lock(id);
            lock.lock();
            try {
                Stored stored = store.get(key);
                if (stored != null) {
                    follow(stored);
                } else if (inForce.containsKey(id) || problems.containsKey(id)) {
                    withdraw(id);
                }
            } finally {
                lock.unlock();
            }
        } catch (DamagedEntryException e) {
            damaged(key);
        } catch (StoreException e) {
            LOG.warn("{} cannot be read from the store: {}; trying again", key, e.getMessage());
            later(() -> follow(key));
        }
    }

    /** Reports a damaged record and does not use it. The provider in force stays. */
    @Override
    public void damaged(String key) {
        LOG.error("{} in the store is not what a runner wrote last; it is not used", key);
        ProviderId id = id(key);
        if (id != null) {
            problems.put(
                    id,
                    "its record in the store is not what a runner wrote last; PUT the object again, DELETE it, restore"
                            + " a backup, or accept the record: secret-providers restore --accept");
        }
    }

    private void follow(Stored stored) {
        ProviderId id = id(stored.key());
        if (id == null) {
            LOG.error("{} in the store is not a provider object", stored.key());
            return;
        }
        ReentrantLock lock = lock(id);
        lock.lock();
        try {
            ProviderObject known = inForce.get(id);
            if (known != null && known.revision() >= stored.revision()) {
                if (known.revision() == stored.revision()) {
                    problems.remove(id);
                }
                return;
            }
            if (configured.contains(id)) {
                throw new IllegalArgumentException(
                        "the configuration file has a provider of this name, which takes precedence");
            }
            ProviderObject object = read(stored);
            if (known != null && known.fields().equals(object.fields())) {
                // Only the seal changed, or the same object was written again.
                inForce.put(id, object);
                problems.remove(id);
                return;
            }
            Registered registered = registry.prepare(id, object.tree(), origin(object));
            Registered inUse = registry.get(id);
            if (known == null && inUse != null && inUse.fingerprint().equals(registered.fingerprint())) {
                // The store was closed meanwhile. Another provider would have to fetch what this one knows.
                registered.close();
                inForce.put(id, object);
                problems.remove(id);
                return;
            }
            try (Trial trial = resolver.trial(registered)) {
                boolean _ = trial.await(known == null ? Duration.ZERO : TRIAL_PATIENCE);
                install(object, registered, trial);
            }
        } catch (InvalidSettingsException | IllegalArgumentException e) {
            String problem = String.valueOf(e.getMessage());
            if (!problem.equals(problems.put(id, problem))) {
                LOG.error("provider {} of the store cannot be used: {}", id, problem);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    /** Returns the object in an entry of the store. */
    ProviderObject read(Stored stored) {
        ProviderObject object = ProviderObject.read(stored);
        return object.canonical(registry.descriptor(object.id().manager()));
    }

    static Origin origin(ProviderObject object) {
        return object.limited() ? Origin.STORED : Origin.STORED_BEFORE;
    }

    private static @Nullable ProviderId id(String key) {
        List<String> parts = new ArrayList<>(List.of(key.split("/", -1)));
        try {
            return parts.size() == 3 ? new ProviderId(parts.get(1), parts.get(2)) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private void later(Runnable task) {
        CompletableFuture.delayedExecutor(TRY_AGAIN.toMillis(), TimeUnit.MILLISECONDS, threads)
                .execute(task);
    }

    @Override
    public void close() {
        ListWatch following = watch;
        if (following != null) {
            following.close();
        }
        threads.shutdownNow();
    }
}
