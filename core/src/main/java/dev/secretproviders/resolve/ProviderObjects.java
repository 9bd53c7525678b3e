package dev.secretproviders.resolve;

import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.provider.EditedObject;
import dev.secretproviders.provider.FieldNames;
import dev.secretproviders.provider.ProviderLimits.Origin;
import dev.secretproviders.provider.ProviderObject;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.ProviderRegistry.Registered;
import dev.secretproviders.spi.InvalidSettingsException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.DamagedEntryException;
import dev.secretproviders.store.Listing;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The provider objects of the store, kept in force on this runner whoever changes them. An edit begins as a {@link Draft}:
 * prepared and tried beside what is in force, then written together with its audit record, then installed. A change made by
 * another runner is installed as soon as the store tells of it; what is known of its secrets stays until it was asked.
 *
 * <p>Thread-safe. Every call but the plain getters blocks for I/O.
 */
public final class ProviderObjects implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ProviderObjects.class);
    /** For a change made elsewhere: long enough for most managers to answer, short enough to be in force in a second. */
    private static final Duration FOLLOWER_PATIENCE = Duration.ofMillis(500);

    private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

    private final Store store;
    private final AuditLog audit;
    private final ProviderRegistry registry;
    private final Resolver resolver;
    private final InstantSource clock;
    private volatile Set<ProviderId> configured;
    private final Map<ProviderId, ProviderObject> inForce = new ConcurrentSkipListMap<>();
    private final Map<ProviderId, String> problems = new ConcurrentSkipListMap<>();
    private final Map<ProviderId, ReentrantLock> locks = new ConcurrentHashMap<>();
    private final ExecutorService followers = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("provider-object-", 0).factory());
    private Store.@Nullable Watch watch;

    /**
     * Creates it; {@link #start} begins.
     *
     * @param registry holds the providers of the configuration file, which the store cannot replace
     */
    public ProviderObjects(
            Store store, AuditLog audit, ProviderRegistry registry, Resolver resolver, InstantSource clock) {
        this.store = store;
        this.audit = audit;
        this.registry = registry;
        this.resolver = resolver;
        this.clock = clock;
        this.configured = Set.copyOf(
                registry.all().stream().map(known -> known.provider().id()).toList());
    }

    /** Puts all objects of the store in force and follows their changes. One that cannot be used is reported and left out. */
    public void start() throws StoreException {
        Listing listing = store.list(ProviderObject.PREFIX);
        // Those that may hold other providers' credentials first.
        listing.entries().stream()
                .sorted(Comparator.comparing(entry -> !entry.key().matches("provider/(env|file|local)/.*")))
                .forEach(this::follow);
        listing.damaged().forEach(this::damaged);
        watch = store.watch(ProviderObject.PREFIX, listing.revision(), new Store.Watcher() {
            @Override
            public void changed(List<Store.Change> changes) {
                changes.forEach(change -> followSoon(change.key()));
            }

            @Override
            public void damaged(String key) {
                ProviderObjects.this.damaged(key);
            }

            @Override
            public void lost() {
                followers.execute(ProviderObjects.this::followAll);
            }
        });
    }

    /** Returns the objects in force that the store keeps. */
    public List<ProviderObject> all() {
        return List.copyOf(inForce.values());
    }

    /** Returns an object in force, or null if the store has none under this identity. */
    public @Nullable ProviderObject get(ProviderId id) {
        return inForce.get(id);
    }

    /** Returns objects of the store that cannot be used, and why. */
    public Map<ProviderId, String> problems() {
        return Map.copyOf(problems);
    }

    /** Returns whether the provider comes from the configuration file, so that it is changed there. */
    public boolean isConfigured(ProviderId id) {
        return configured.contains(id);
    }

    /** Returns the registry of all providers in force. */
    public ProviderRegistry registry() {
        return registry;
    }

    /** Returns what the store has now, which another runner may have written a moment ago. */
    public KeptObject kept(ProviderId id) throws StoreException {
        try {
            Stored stored = store.get(ProviderObject.key(id));
            return stored == null
                    ? new KeptObject(null, null, 0)
                    : new KeptObject(read(stored), null, stored.revision());
        } catch (DamagedEntryException e) {
            return new KeptObject(null, String.valueOf(e.getMessage()), e.revision());
        }
    }

    /**
     * Checks the names of fields in an object or in a part of it.
     *
     * @throws InvalidSettingsException with a line for each that is not one of the schema
     */
    public void checkNames(ProviderId id, ObjectNode fields) {
        registry.requireManager(id.manager());
        List<String> problems = FieldNames.problems(fields, registry.schema(id.manager()));
        if (!problems.isEmpty()) {
            throw new InvalidSettingsException(problems);
        }
    }

    /**
     * Reads an edit, and asks and tries nothing.
     *
     * @param before the object that it replaces, or null
     * @param fields the whole object; a masked secret stands for the one that {@code before} has
     * @throws InvalidSettingsException with what is wrong with names and masks
     */
    public EditedObject edited(ProviderId id, @Nullable ProviderObject before, ObjectNode fields) {
        registry.requireManager(id.manager());
        return EditedObject.of(
                id,
                before,
                fields,
                registry.schema(id.manager()),
                clock.instant().truncatedTo(ChronoUnit.SECONDS));
    }

    /**
     * Prepares an edit and begins to try it, which sends its credentials. The caller closes the draft in any case.
     *
     * @param also references to try besides those that consumers use
     * @param identity whether whoever writes it may use the identity of the machine or pod that the runner is on
     * @throws InvalidSettingsException with everything that is wrong with the object
     * @throws IdentityRefusedException if it uses that identity and nobody may
     */
    public Draft draft(EditedObject edited, Set<SecretReference> also, boolean identity) {
        ProviderObject object = edited.object();
        Registered registered = registry.prepare(
                object.id(), object.tree(), edited.connectsAsBefore() ? origin(object) : Origin.WRITTEN);
        String used = registered.identity();
        if (used != null && !identity) {
            registered.close();
            throw new IdentityRefusedException(used);
        }
        return new Draft(object, registered, resolver.trial(registered, also));
    }

    /** An object that is tried beside what is in force. */
    public final class Draft implements AutoCloseable {
        private final ProviderObject object;
        private final Registered registered;
        private final Trial trial;
        private boolean installed;

        private Draft(ProviderObject object, Registered registered, Trial trial) {
            this.object = object;
            this.registered = registered;
            this.trial = trial;
        }

        /** Returns the object as it would be written. */
        public ProviderObject object() {
            return object;
        }

        /** Returns the provider made from it. */
        public Registered registered() {
            return registered;
        }

        /** Returns the trial of it. */
        public Trial trial() {
            return trial;
        }

        /**
         * Writes the object together with its audit record, if nobody changed it meanwhile, and puts it in force here.
         *
         * @param over the revision of the record that it replaces; 0 if there is none
         * @return the object as written, or null if somebody else changed it before
         */
        public @Nullable ProviderObject commit(long over, AuditEvent event) throws StoreException {
            ProviderId id = object.id();
            String key = ProviderObject.key(id);
            ReentrantLock lock = lock(id);
            lock.lock();
            try {
                Transaction change = Transaction.EMPTY.expecting(key, over).put(key, object.stored());
                return switch (audit.commit(change, event)) {
                    case CommitResult.Committed(long revision) -> {
                        ProviderObject written = object.at(revision);
                        install(written, registered, trial);
                        installed = true;
                        yield written;
                    }
                    case CommitResult.Conflict _ -> null;
                };
            } finally {
                lock.unlock();
            }
        }

        /** Ends the trial; a provider that was not installed is closed. */
        @Override
        public void close() {
            trial.close();
            if (!installed) {
                registered.close();
            }
        }
    }

    /**
     * Deletes an object together with its audit record and takes its provider out of force.
     *
     * @param revision of its record; 0 if something else deleted that
     * @return whether it was deleted; false if somebody else changed it before
     */
    public boolean delete(ProviderId id, long revision, AuditEvent event) throws StoreException {
        ReentrantLock lock = lock(id);
        lock.lock();
        try {
            String key = ProviderObject.key(id);
            Transaction change = Transaction.EMPTY.expecting(key, revision).delete(key);
            if (!(audit.commit(change, event) instanceof CommitResult.Committed)) {
                return false;
            }
            takeOut(id);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Puts providers of the configuration file in force in place of those that were read before.
     *
     * @param all the identities of all that the file names now; what it named before and does not any more is taken out of force
     * @param changed makes each of those that are to be replaced, or added, in this order
     */
    public void reconfigure(Set<ProviderId> all, Map<ProviderId, Supplier<Registered>> changed)
            throws InterruptedException {
        Set<ProviderId> gone = new TreeSet<>(configured);
        gone.removeAll(all);
        configured = Set.copyOf(all);
        for (Map.Entry<ProviderId, Supplier<Registered>> each : changed.entrySet()) {
            ReentrantLock lock = lock(each.getKey());
            lock.lock();
            try {
                Registered registered = each.getValue().get();
                try (Trial trial = resolver.trial(registered)) {
                    boolean _ = trial.await(FOLLOWER_PATIENCE);
                    putInForce(registered, trial);
                }
                if (inForce.remove(each.getKey()) != null) {
                    followSoon(ProviderObject.key(each.getKey()));
                }
            } finally {
                lock.unlock();
            }
        }
        for (ProviderId id : gone) {
            ReentrantLock lock = lock(id);
            lock.lock();
            try {
                takeOut(id);
            } finally {
                lock.unlock();
            }
            // The store may have one of this name, which could not be used.
            followSoon(ProviderObject.key(id));
        }
    }

    @Override
    public void close() {
        if (watch != null) {
            watch.close();
        }
        followers.shutdownNow();
    }

    private ReentrantLock lock(ProviderId id) {
        return locks.computeIfAbsent(id, absent -> new ReentrantLock());
    }

    private void putInForce(Registered registered, Trial trial) {
        trial.install();
        Registered replaced = registry.install(registered);
        if (replaced != null) {
            replaced.close();
        }
    }

    private void install(ProviderObject object, Registered registered, Trial trial) {
        putInForce(registered, trial);
        inForce.put(object.id(), object);
        problems.remove(object.id());
        // One of these may only have waited for a provider that its credentials refer to.
        problems.keySet().forEach(waiting -> followSoon(ProviderObject.key(waiting)));
    }

    private void takeOut(ProviderId id) {
        inForce.remove(id);
        problems.remove(id);
        resolver.remove(id);
        Registered removed = registry.remove(id);
        if (removed != null) {
            removed.close();
        }
    }

    private void followSoon(String key) {
        try {
            followers.execute(() -> follow(key));
        } catch (RejectedExecutionException ignored) {
            // Closing: nothing needs to be in force any more.
        }
    }

    private void followAll() {
        try {
            Set<String> keys = ConcurrentHashMap.newKeySet();
            inForce.keySet().forEach(id -> keys.add(ProviderObject.key(id)));
            problems.keySet().forEach(id -> keys.add(ProviderObject.key(id)));
            Listing listing = store.list(ProviderObject.PREFIX);
            listing.entries().forEach(entry -> keys.add(entry.key()));
            keys.forEach(this::followSoon);
        } catch (StoreException e) {
            LOG.warn("provider objects cannot be read from the store: {}; trying again", e.getMessage());
            later(this::followAll);
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
                    takeOut(id);
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

    /** It is not put in force; what is in force stays so. */
    private void damaged(String key) {
        LOG.error("{} in the store is not what a runner wrote last; it is not used", key);
        ProviderId id = id(key);
        if (id != null) {
            problems.put(
                    id,
                    "its record in the store is not what a runner wrote last; PUT the object again, DELETE it, restore a backup, or"
                            + " accept the record: secret-providers restore --accept");
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
                throw new IllegalArgumentException("the configuration file has a provider of this name, which stays");
            }
            ProviderObject object = read(stored);
            if (known != null && known.fields().equals(object.fields())) {
                // Only its seal is another one, or it was written as it was.
                inForce.put(id, object);
                problems.remove(id);
                return;
            }
            Registered registered = registry.prepare(id, object.tree(), origin(object));
            try (Trial trial = resolver.trial(registered)) {
                boolean _ = trial.await(known == null ? Duration.ZERO : FOLLOWER_PATIENCE);
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

    private ProviderObject read(Stored stored) {
        ProviderObject object = ProviderObject.read(stored);
        return object.canonical(registry.schema(object.id().manager()));
    }

    private static Origin origin(ProviderObject object) {
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
        CompletableFuture.delayedExecutor(TRY_AGAIN.toMillis(), TimeUnit.MILLISECONDS, followers)
                .execute(task);
    }
}
