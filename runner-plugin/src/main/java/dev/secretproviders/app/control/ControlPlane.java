package dev.secretproviders.app.control;

import dev.secretproviders.accesslog.AccessLog;
import dev.secretproviders.admin.AdminApi;
import dev.secretproviders.admin.history.DecisionTotals;
import dev.secretproviders.admin.history.Figures;
import dev.secretproviders.admin.operation.Operations;
import dev.secretproviders.admin.rotation.RotationLog;
import dev.secretproviders.app.logs.AuditTrail;
import dev.secretproviders.app.logs.ReferenceLog;
import dev.secretproviders.app.settings.Configuration;
import dev.secretproviders.app.settings.ControlSettings;
import dev.secretproviders.app.settings.DeferredStore;
import dev.secretproviders.app.settings.Version;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditCopies;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.consumer.ConsumerSource;
import dev.secretproviders.control.ProviderObjects;
import dev.secretproviders.control.Revocations;
import dev.secretproviders.control.RotationNotices;
import dev.secretproviders.control.RunnerHeartbeats;
import dev.secretproviders.control.RunnerIdentity;
import dev.secretproviders.control.RunnerState;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.local.LocalProviderFactory;
import dev.secretproviders.provider.local.LocalSecrets;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.snapshot.LastKnownGood;
import dev.secretproviders.spi.Capability;
import dev.secretproviders.store.PrivateFiles;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.protection.StoreIntegrity;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All parts that need the store: provider objects, local secrets, tokens, audit, and the Admin API for them. The runner
 * serves its socket before the control plane is open, and without it.
 */
public final class ControlPlane implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlPlane.class);

    private final OpenedStore store;
    private final AuditLog audit;
    private final AuditTrail trail;
    private final ProviderObjects objects;
    private final Revocations revocations;
    private final AccessLog accessLog;
    /** Null for a store that no other runner shares. */
    private final @Nullable RotationNotices notices;

    private final Figures figures;
    private final RotationLog rotations;
    private final RunnerHeartbeats heartbeats;
    private final AdminApi api;
    private final Operations operations;
    private final LastKnownGood lastKnownGood;

    /**
     * What the runner's sockets count. All may be called by any thread, and return at once.
     *
     * @param decisions returns what was decided since the start
     * @param followers returns how many companions follow the events
     * @param eventProblem returns why events are not served, or null if they are
     */
    public record Served(
            Supplier<DecisionTotals> decisions, LongSupplier followers, Supplier<@Nullable String> eventProblem) {}

    private ControlPlane(
            OpenedStore store,
            AuditLog audit,
            Configuration configuration,
            Resolver resolver,
            CredentialDirectory directory,
            Served served) {
        InstantSource clock = InstantSource.system();
        ControlSettings settings = configuration.control();
        ProviderRegistry registry = configuration.providers();
        this.store = store;
        this.audit = audit;
        this.trail = new AuditTrail(audit, resolver, new ReferenceLog(directory));
        this.objects = new ProviderObjects(store.sealed(), audit, registry, resolver, clock);
        this.revocations = new Revocations(store.sealed(), audit, resolver);
        this.notices = settings.store().remote()
                ? new RotationNotices(
                        store.sealed(), resolver, id -> registry.able(id, Capability.EVERY_RUNNER_KNOWS), clock)
                : null;
        this.accessLog = new AccessLog(
                store.sealed(),
                resolver,
                directory,
                settings.accessLog(),
                configuration.runner().name(),
                clock);
        this.lastKnownGood = new LastKnownGood(
                settings.lastKnownGood(),
                new LastKnownGood.Place(settings.lastKnownGoodFile(), store.sealer()),
                configuration.digester(),
                resolver,
                registry,
                clock);
        this.figures = new Figures(served.decisions(), clock);
        resolver.addListener(figures);
        this.rotations = new RotationLog(audit, clock);
        resolver.addListener(rotations);
        this.heartbeats = new RunnerHeartbeats(
                settings.store().remote() ? store.sealed() : null,
                RunnerIdentity.of(
                        configuration.runner().name(), settings.dataDirectory(), Version.text(), clock.instant()),
                () -> state(configuration.consumers().status(), directory, served),
                clock);
        this.operations = new StoreOperations(
                store,
                audit,
                settings.crypto(),
                lastKnownGood::rewrap,
                new Reload(configuration.source(), configuration.written(), objects)::prepare);
        this.api = new AdminApi(new AdminApi.Parts(
                new AdminApi.StoredState(
                        store.sealed(),
                        audit,
                        objects,
                        new LocalSecrets(store.sealed(), audit, id -> versionsKept(registry, id), clock),
                        revocations,
                        accessLog),
                new AdminApi.InForce(resolver, directory, configuration.consumers()),
                new AdminApi.Observed(figures, rotations, heartbeats),
                operations,
                settings.rotationLimit(),
                clock,
                Version.text()));
    }

    /**
     * Opens the store and puts its content in force.
     *
     * @param deferred receives the store
     * @param served what the runner's sockets count
     * @throws StoreException if the store cannot be reached now
     * @throws CannotStartException if the failure is permanent
     */
    public static ControlPlane open(
            Configuration configuration,
            DeferredStore deferred,
            Resolver resolver,
            CredentialDirectory directory,
            Served served)
            throws StoreException, CannotStartException {
        ControlSettings settings = configuration.control();
        makeDataDirectory(settings.dataDirectory());
        OpenedStore store = OpenedStore.open(settings);
        AuditLog audit = AuditLog.open(
                store.sealed(),
                store.chainKey(),
                InstantSource.system(),
                settings.audit().retention(),
                AuditCopies.open(settings.audit()));
        boolean founded = false;
        try {
            store.foundManifest(audit);
            founded = true;
        } finally {
            if (!founded) {
                audit.close();
                store.close();
            }
        }
        ControlPlane plane = new ControlPlane(store, audit, configuration, resolver, directory, served);
        boolean started = false;
        try {
            plane.start(configuration, deferred);
            started = true;
            return plane;
        } catch (IOException e) {
            throw new CannotStartException(
                    "the first admin token cannot be written to " + settings.firstToken() + " (" + reason(e)
                            + "): make runner.data-dir a directory that the runner's user may write to",
                    e);
        } finally {
            if (!started) {
                plane.close();
            }
        }
    }

    private void start(Configuration configuration, DeferredStore deferred) throws StoreException, IOException {
        // Before any digest is computed: last-known-good holds the digest key.
        lastKnownGood.read();
        deferred.open(store.sealed());
        // Before any provider could fetch a revoked version.
        revocations.start();
        objects.start();
        if (notices != null) {
            notices.start();
        }
        lastKnownGood.start();
        api.start(configuration.control().firstToken());
        trail.start();
        accessLog.start();
        figures.start();
        rotations.start();
        heartbeats.start();
        audit.recordSoon(AuditEvent.done(EventCode.RUNNER_START, Actor.RUNNER, "runner")
                .withMessage("version " + Version.text()));
        recordLoaded();
        // Last, because records that do not match the manifest are already refused above.
        store.sealed().start();
    }

    /**
     * Creates the data directory. Only logs a failure, because a part that cannot write its file reports that itself.
     */
    private static void makeDataDirectory(Path directory) {
        try {
            PrivateFiles.createDirectories(directory);
        } catch (IOException e) {
            LOG.warn(
                    "the data directory {} cannot be created ({}); set runner.data-dir to one that the runner's user"
                            + " may write to",
                    directory,
                    reason(e));
        }
    }

    private static String reason(IOException e) {
        return e.getClass().getSimpleName() + ": " + e.getMessage();
    }

    private void recordLoaded() {
        LastKnownGood.Loaded loaded = lastKnownGood.loaded();
        String object = ControlSettings.LAST_KNOWN_GOOD;
        String problem = loaded.problem();
        if (problem != null) {
            audit.recordSoon(AuditEvent.failed(EventCode.SNAPSHOT_LOAD, Actor.RUNNER, object, problem));
        } else if (loaded.taken() > 0) {
            audit.recordSoon(AuditEvent.done(EventCode.SNAPSHOT_LOAD, Actor.RUNNER, object)
                    .withMessage(loaded.taken() + " secrets were taken over"));
        }
    }

    private static OptionalInt versionsKept(ProviderRegistry registry, String id) {
        var registered = registry.get(LocalProviderFactory.id(id));
        return LocalProviderFactory.versionsKept(registered == null ? null : registered.provider());
    }

    private RunnerState state(ConsumerSource.Status source, CredentialDirectory directory, Served served) {
        return new RunnerState(
                directory.consumers().consumers().size(),
                directory.size(),
                directory.undecided(),
                source.name(),
                source.lastSuccess(),
                source.lastError(),
                served.followers().getAsLong(),
                served.eventProblem().get(),
                lastKnownGood.ageSeconds(),
                lastKnownGood.problem());
    }

    /** Returns the operations on the runner as a whole. */
    public Operations operations() {
        return operations;
    }

    /** Returns the servlet of the Admin API. */
    public HttpServlet servlet() {
        return api.servlet();
    }

    /** Returns the Admin API. */
    public AdminApi api() {
        return api;
    }

    /** Returns the status of the store. */
    public Store.Status status() {
        return store.sealed().status();
    }

    /** Returns the number of findings of each kind. */
    public Map<String, Integer> findings() {
        return api.findings();
    }

    /** Returns the result of comparing the store with its manifest. */
    public StoreIntegrity integrity() {
        return store.sealed().integrity();
    }

    /** Returns the provider objects of the store. */
    public ProviderObjects objects() {
        return objects;
    }

    /** Returns last-known-good. */
    public LastKnownGood lastKnownGood() {
        return lastKnownGood;
    }

    /** Returns the access log. */
    public AccessLog accessLog() {
        return accessLog;
    }

    /** Returns the audit log. */
    public AuditLog audit() {
        return audit;
    }

    @Override
    public void close() {
        heartbeats.close();
        figures.close();
        rotations.close();
        lastKnownGood.close();
        trail.close();
        accessLog.close();
        api.close();
        if (notices != null) {
            notices.close();
        }
        objects.close();
        revocations.close();
        audit.close();
        store.close();
    }
}
