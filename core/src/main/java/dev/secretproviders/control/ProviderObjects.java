package dev.secretproviders.control;

import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.provider.EditedObject;
import dev.secretproviders.provider.FieldNames;
import dev.secretproviders.provider.ProviderLimits.Origin;
import dev.secretproviders.provider.ProviderObject;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.Trial;
import dev.secretproviders.settings.InvalidSettingsException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.DamagedEntryException;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The provider objects of the store, kept in force on this runner by {@link StoredProviders}. An edit begins as a
 * {@link Draft}: it is prepared and tried next to what is in force, then written together with its audit record, then
 * installed. A change by another runner is installed as soon as the store reports it. Its secrets stay known until the
 * new provider has answered.
 *
 * <p>Thread-safe. All methods but the plain getters block for I/O.
 */
public final class ProviderObjects implements AutoCloseable {
    private final Store store;
    private final AuditLog audit;
    private final ProviderRegistry registry;
    private final Resolver resolver;
    private final InstantSource clock;
    private final StoredProviders stored;

    /**
     * Creates the service; call {@link #start} before use.
     *
     * @param registry the registry with the providers of the configuration file, which the store cannot replace
     */
    public ProviderObjects(
            Store store, AuditLog audit, ProviderRegistry registry, Resolver resolver, InstantSource clock) {
        this.store = store;
        this.audit = audit;
        this.registry = registry;
        this.resolver = resolver;
        this.clock = clock;
        this.stored = new StoredProviders(
                store,
                registry,
                resolver,
                registry.all().stream().map(known -> known.provider().id()).collect(Collectors.toSet()));
    }

    /** Puts all objects of the store in force and follows their changes. Unusable objects are reported and left out. */
    public void start() throws StoreException {
        stored.start();
    }

    /** Returns the objects of the store that are in force. */
    public List<ProviderObject> all() {
        return List.copyOf(stored.inForce().values());
    }

    /** Returns an object in force, or null if the store has none under this identity. */
    public @Nullable ProviderObject get(ProviderId id) {
        return stored.inForce().get(id);
    }

    /** Returns the objects of the store that cannot be used, with the reasons. */
    public Map<ProviderId, String> problems() {
        return stored.problems();
    }

    /** Returns whether the provider comes from the configuration file, and can only be changed there. */
    public boolean isConfigured(ProviderId id) {
        return stored.configured().contains(id);
    }

    /** Returns the registry of all providers in force. */
    public ProviderRegistry registry() {
        return registry;
    }

    /** Reads what the store holds now, including a recent write by another runner. */
    public StoredObject kept(ProviderId id) throws StoreException {
        try {
            Stored now = store.get(ProviderObject.key(id));
            return now == null
                    ? new StoredObject(null, null, 0)
                    : new StoredObject(stored.read(now), null, now.revision());
        } catch (DamagedEntryException e) {
            return new StoredObject(null, String.valueOf(e.getMessage()), e.revision());
        }
    }

    /**
     * Checks the names of the fields in an object or in a part of it.
     *
     * @throws InvalidSettingsException with one line for each field that is not in the schema
     */
    public void checkNames(ProviderId id, ObjectNode fields) {
        registry.requireManager(id.manager());
        List<String> problems = FieldNames.problems(fields, registry.descriptor(id.manager()));
        if (!problems.isEmpty()) {
            throw new InvalidSettingsException(problems);
        }
    }

    /**
     * Reads an edit, without I/O.
     *
     * @param before the object that the edit replaces, or null
     * @param fields the whole object; a masked secret stands for the one in {@code before}
     * @throws InvalidSettingsException if field names or masks are wrong
     */
    public EditedObject edited(ProviderId id, @Nullable ProviderObject before, ObjectNode fields) {
        registry.requireManager(id.manager());
        return EditedObject.of(
                id,
                before,
                fields,
                registry.descriptor(id.manager()),
                clock.instant().truncatedTo(ChronoUnit.SECONDS));
    }

    /**
     * Prepares an edit and begins to try it, which sends its credentials. The caller must close the draft.
     *
     * @param also references to try in addition to those that consumers use
     * @param identity whether the caller may use the identity of the machine or pod that the runner is on
     * @throws InvalidSettingsException with every problem of the object
     * @throws IdentityRefusedException if the object uses that identity and the caller may not
     */
    public Draft draft(EditedObject edited, Set<SecretReference> also, boolean identity) {
        ProviderObject object = edited.object();
        Registered registered = registry.prepare(
                object.id(),
                object.tree(),
                edited.connectsAsBefore() ? StoredProviders.origin(object) : Origin.WRITTEN);
        String used = registered.identity();
        if (used != null && !identity) {
            registered.close();
            throw new IdentityRefusedException(used);
        }
        return new Draft(object, registered, resolver.trial(registered, also));
    }

    /** A new version of an object, tried next to what is in force. */
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

        /** Returns the object as it will be written. */
        public ProviderObject object() {
            return object;
        }

        /** Returns the provider made from the object. */
        public Registered registered() {
            return registered;
        }

        /** Returns the trial of the provider. */
        public Trial trial() {
            return trial;
        }

        /**
         * Writes the object together with its audit record, unless it was changed meanwhile, and puts it in force here.
         *
         * @param over the revision of the record to replace; 0 if there is none
         * @return the object as written, or null if it was changed meanwhile
         */
        public @Nullable ProviderObject commit(long over, AuditEvent event) throws StoreException {
            ProviderId id = object.id();
            String key = ProviderObject.key(id);
            ReentrantLock lock = stored.lock(id);
            lock.lock();
            try {
                Transaction change = Transaction.EMPTY.expecting(key, over).put(key, object.stored());
                return switch (audit.commit(change, event)) {
                    case CommitResult.Committed(long revision) -> {
                        ProviderObject written = object.at(revision);
                        stored.install(written, registered, trial);
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
     * Deletes an object together with its audit record, and takes its provider out of force.
     *
     * @param revision the revision of its record; 0 if another writer has deleted it already
     * @return true if the object was deleted; false if it was changed meanwhile
     */
    public boolean delete(ProviderId id, long revision, AuditEvent event) throws StoreException {
        ReentrantLock lock = stored.lock(id);
        lock.lock();
        try {
            String key = ProviderObject.key(id);
            Transaction change = Transaction.EMPTY.expecting(key, revision).delete(key);
            if (!(audit.commit(change, event) instanceof CommitResult.Committed)) {
                return false;
            }
            stored.withdraw(id);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Replaces the providers of the configuration file.
     *
     * @param all the identities of all providers in the file now; providers that are no longer in it are taken out of
     *     force
     * @param changed makes each provider to add or replace, in this order
     */
    public void reconfigure(Set<ProviderId> all, Map<ProviderId, Supplier<Registered>> changed)
            throws InterruptedException {
        Set<ProviderId> gone = new TreeSet<>(stored.configured());
        gone.removeAll(all);
        stored.configured(all);
        for (Map.Entry<ProviderId, Supplier<Registered>> each : changed.entrySet()) {
            ReentrantLock lock = stored.lock(each.getKey());
            lock.lock();
            try {
                Registered registered = each.getValue().get();
                try (Trial trial = resolver.trial(registered)) {
                    boolean _ = trial.await(StoredProviders.TRIAL_PATIENCE);
                    stored.putInForce(registered, trial);
                }
                if (stored.forget(each.getKey())) {
                    stored.scheduleRead(each.getKey());
                }
            } finally {
                lock.unlock();
            }
        }
        for (ProviderId id : gone) {
            ReentrantLock lock = stored.lock(id);
            lock.lock();
            try {
                stored.withdraw(id);
            } finally {
                lock.unlock();
            }
            // The store may have an unusable object of this name.
            stored.scheduleRead(id);
        }
    }

    @Override
    public void close() {
        stored.close();
    }
}
