package dev.secretproviders.app.control;

import dev.secretproviders.accesslog.AccessLog;
import dev.secretproviders.admin.AdminApi;
import dev.secretproviders.admin.history.Figures;
import dev.secretproviders.admin.operation.Operations;
import dev.secretproviders.admin.rotation.RotationLog;
import dev.secretproviders.app.logs.AuditTrail;
import dev.secretproviders.app.logs.ReferenceLog;
import dev.secretproviders.app.logs.ValidityTrail;
import dev.secretproviders.app.settings.Configuration;
import dev.secretproviders.app.settings.ControlSettings;
import dev.secretproviders.app.settings.DeferredStore;
import dev.secretproviders.app.settings.Version;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.certificate.Certificates;
import dev.secretproviders.consumer.ConsumerSource;
import dev.secretproviders.control.ProviderObjects;
import dev.secretproviders.control.Revocations;
import dev.secretproviders.control.RotationNotices;
import dev.secretproviders.control.RunnerHeartbeats;
import dev.secretproviders.control.RunnerIdentity;
import dev.secretproviders.control.RunnerState;
import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.local.LocalSecrets;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.snapshot.LastKnownGood;
import dev.secretproviders.spi.Capability;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.protection.StoreIntegrity;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All parts that need the store: provider objects, local secrets, tokens, audit, and the Admin API for them. The runner
 * serves its socket before the control plane is open, and without it.
 */
public final class ControlPlane implements AutoCloseable {
    private final Resolver resolver;
    private final ConsumerSource consumers;
    private final OpenedStore store;
    private final AuditLog audit;
    private final AuditTrail trail;
    private final ProviderObjects objects;
    private final Revocations revocations;
    private final AccessLog accessLog;
    private final Certificates certificates;
    /** Null for a store that no other runner shares. */
    private final @Nullable RotationNotices notices;

    private final Figures figures;
    private final RotationLog rotations;
    private final RunnerHeartbeats heartbeats;
    private final AdminApi api;
    private final Operations operations;
    private final LastKnownGood lastKnownGood;
    private final TokenFile tokens;

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
        this.resolver = resolver;
        this.consumers = configuration.consumers();
        this.store = store;
        this.audit = audit;
        this.trail = new AuditTrail(
                audit, resolver, new ReferenceLog(directory), new ValidityTrail(audit, directory, resolver));
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
        this.tokens = new TokenFile(settings.confTokensFile(), store.sealer(), served.tokens(), clock);
        this.figures = new Figures(served.decisions(), clock);
        resolver.addListener(figures);
        this.rotations = new RotationLog(audit, clock);
        resolver.addListener(rotations);
        RunnerIdentity identity = RunnerIdentity.of(
                configuration.runner().name(), settings.dataDirectory(), Version.text(), clock.instant());
        this.certificates = new Certificates(new Certificates.Parts(
                store.sealed(),
                audit,
                resolver,
                registry,
                settings.certificates(),
                settings.certificateFiles(),
                identity.process(),
                clock));
        this.heartbeats = new RunnerHeartbeats(
                settings.store().remote() ? store.sealed() : null,
                identity,
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
                        new LocalSecrets(store.sealed(), audit, new LocalVersions(registry), clock),
                        revocations,
                        accessLog,
                        certificates),
                new AdminApi.InForce(resolver, directory, configuration.consumers(), served.upstream()),
                new AdminApi.Observed(figures, rotations, heartbeats, served.followers()),
                operations,
                settings.findings(),
                clock,
                Version.text()));
    }

    /**
     * Opens the store and puts its content in force.
     *
     * @param deferred receives the store
     * @param served what the runner's sockets count
     * @param again whether this process had it open before, so that it knows what an earlier process left
     * @throws StoreException if the store cannot be reached now
     * @throws CannotStartException if the failure is permanent
     */
    public static ControlPlane open(
            Configuration configuration,
            DeferredStore deferred,
            Resolver resolver,
            CredentialDirectory directory,
            Served served,
            boolean again)
            throws StoreException, CannotStartException {
        ControlSettings settings = configuration.control();
        OpenedStore store = OpenedStore.open(settings);
        AuditLog audit = AuditSinks.open(store, settings, settings.audit().retention());
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
            plane.start(configuration, deferred, again);
            started = true;
            return plane;
        } catch (IOException e) {
            throw new CannotStartException(
                    "the first admin token cannot be written to " + settings.firstToken() + " ("
                            + e.getClass().getSimpleName() + ": " + e.getMessage()
                            + "): make runner.data-dir a directory that the runner's user may write to",
                    e);
        } finally {
            if (!started) {
                plane.close();
            }
        }
    }

    private void start(Configuration configuration, DeferredStore deferred, boolean again)
            throws StoreException, IOException {
        if (!again) {
            // Before any digest is computed: last-known-good holds the digest key.
            lastKnownGood.read();
        }
        tokens.start();
        ConsumerFile.give(consumers, configuration.control(), store.sealer());
        deferred.open(store.sealed());
        // Before any provider could fetch a revoked version.
        revocations.start();
        objects.start();
        if (notices != null) {
            notices.start();
        }
        certificates.start();
        lastKnownGood.start();
        api.start(configuration.control().firstToken());
        trail.start();
        accessLog.start();
        figures.start();
        rotations.start();
        heartbeats.start();
        if (!again) {
            StartRecords.of(audit, lastKnownGood.loaded());
        }
        AuditSinks.deliver(audit, configuration);
        // Last, because records that do not match the manifest are already refused above.
        store.sealed().start();
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

    /** Returns what seals the store and the files of this runner. */
    public Sealer sealer() {
        return store.sealer();
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

    /** Returns the certificates of the gateway. */
    public Certificates certificates() {
        return certificates;
    }

    /** Returns the audit log. */
    public AuditLog audit() {
        return audit;
    }

    @Override
    public void close() {
        release().run();
    }

    /** Closes all but what hears of revocations by other runners. The result closes that. */
    public Runnable release() {
        heartbeats.close();
        resolver.removeListener(figures);
        figures.close();
        resolver.removeListener(rotations);
        rotations.close();
        lastKnownGood.close();
        consumers.keepWith(null);
        tokens.close();
        trail.close();
        certificates.close();
        accessLog.close();
        api.close();
        if (notices != null) {
            notices.close();
        }
        objects.close();
        audit.close();
        return () -> {
            revocations.close();
            store.close();
        };
    }
}
