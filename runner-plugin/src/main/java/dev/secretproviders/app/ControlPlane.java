package dev.secretproviders.app;

import dev.secretproviders.admin.AdminApi;
import dev.secretproviders.admin.Operations;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditCopies;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.local.LocalProviderFactory;
import dev.secretproviders.provider.local.LocalSecrets;
import dev.secretproviders.resolve.LastKnownGood;
import dev.secretproviders.resolve.ProviderObjects;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.Revocations;
import dev.secretproviders.resolve.RotationNotices;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.store.PrivateFiles;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.StoreIntegrity;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that the store brings: provider objects, local secrets, tokens, audit, and the Admin API for them. The socket is
 * served before and without it.
 */
final class ControlPlane implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlPlane.class);

    private final OpenedStore store;
    private final AuditLog audit;
    private final AuditTrail trail;
    private final ProviderObjects objects;
    private final Revocations revocations;
    /** None with a store that no other runner shares. */
    private final @Nullable RotationNotices notices;

    private final AdminApi api;
    private final Operations operations;
    private final LastKnownGood lastKnownGood;

    private ControlPlane(
            OpenedStore store,
            AuditLog audit,
            AuditTrail trail,
            ProviderObjects objects,
            Revocations revocations,
            @Nullable RotationNotices notices,
            AdminApi api,
            Operations operations,
            LastKnownGood lastKnownGood) {
        this.store = store;
        this.audit = audit;
        this.trail = trail;
        this.objects = objects;
        this.revocations = revocations;
        this.notices = notices;
        this.api = api;
        this.operations = operations;
        this.lastKnownGood = lastKnownGood;
    }

    /**
     * Opens the store and puts in force what is in it.
     *
     * @param deferred gets the store
     * @throws StoreException if the store cannot be reached now
     * @throws CannotStartException if that will not pass
     */
    static ControlPlane open(
            Configuration configuration, DeferredStore deferred, Resolver resolver, CredentialDirectory directory)
            throws StoreException, CannotStartException {
        InstantSource clock = InstantSource.system();
        ControlSettings settings = configuration.control();
        makeDataDirectory(settings.dataDirectory());
        OpenedStore store = OpenedStore.open(settings);
        AuditLog audit = AuditLog.open(
                store.sealed(),
                store.chainKey(),
                clock,
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
        ProviderRegistry registry = configuration.providers();
        ProviderObjects objects = new ProviderObjects(store.sealed(), audit, registry, resolver, clock);
        Revocations revocations = new Revocations(store.sealed(), audit, resolver);
        LastKnownGood lastKnownGood = new LastKnownGood(
                settings.lastKnownGood(),
                settings.lastKnownGoodFile(),
                store.sealer(),
                configuration.digester(),
                resolver,
                registry,
                clock);
        StoreOperations operations = new StoreOperations(
                store,
                audit,
                settings.crypto(),
                lastKnownGood::rewrap,
                new Reload(configuration.source(), configuration.written(), objects)::prepare);
        AdminApi api = new AdminApi(new AdminApi.Parts(
                store.sealed(),
                audit,
                objects,
                new LocalSecrets(store.sealed(), audit, id -> versionsKept(registry, id), clock),
                resolver,
                revocations,
                directory,
                configuration.consumers(),
                settings.rotationLimit(),
                operations,
                clock,
                Version.text()));
        RotationNotices notices =
                settings.store().remote() ? new RotationNotices(store.sealed(), resolver, clock) : null;
        ControlPlane plane = new ControlPlane(
                store,
                audit,
                new AuditTrail(audit, resolver, new ReferenceLog(directory)),
                objects,
                revocations,
                notices,
                api,
                operations,
                lastKnownGood);
        boolean started = false;
        try {
            // Before any digest is kept: it brings the key to digest under.
            lastKnownGood.read();
            deferred.open(store.sealed());
            // Before there is a provider that could bring back what was revoked.
            revocations.start();
            objects.start();
            if (notices != null) {
                notices.start();
            }
            lastKnownGood.start();
            api.start(settings.firstToken());
            plane.trail.start();
            audit.recordSoon(AuditEvent.done(EventCode.RUNNER_START, Actor.RUNNER, "runner")
                    .saying("version " + Version.text()));
            plane.recordLoaded();
            // Beside what is served: what does not match was left out above already.
            store.sealed().start();
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

    /** Not every file in it is needed by everybody: who needs one says that it cannot be written. */
    private static void makeDataDirectory(Path directory) {
        try {
            PrivateFiles.createDirectories(directory);
        } catch (IOException e) {
            LOG.warn(
                    "the data directory {} cannot be made ({}); set runner.data-dir to one that the runner's user may"
                            + " write to",
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
                    .saying(loaded.taken() + " secrets were taken over"));
        }
    }

    private static OptionalInt versionsKept(ProviderRegistry registry, String id) {
        var registered = registry.get(new ProviderId("local", id));
        return LocalProviderFactory.versionsKept(registered == null ? null : registered.provider());
    }

    Operations operations() {
        return operations;
    }

    HttpServlet servlet() {
        return api.servlet();
    }

    Store.Status status() {
        return store.sealed().status();
    }

    /** Returns how many findings there are of each kind. */
    Map<String, Integer> findings() {
        return api.findings();
    }

    StoreIntegrity integrity() {
        return store.sealed().integrity();
    }

    ProviderObjects objects() {
        return objects;
    }

    LastKnownGood lastKnownGood() {
        return lastKnownGood;
    }

    AuditLog audit() {
        return audit;
    }

    @Override
    public void close() {
        lastKnownGood.close();
        trail.close();
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
