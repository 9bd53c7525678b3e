package dev.secretproviders.app.control;

import dev.secretproviders.app.settings.Configuration;
import dev.secretproviders.app.settings.ControlSettings;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.control.ProviderObjects;
import dev.secretproviders.provider.local.Change;
import dev.secretproviders.provider.local.Expiry;
import dev.secretproviders.provider.local.LocalSecretException;
import dev.secretproviders.provider.local.LocalSecrets;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretWriter;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.StoreInUseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;

/** The providers and local secrets of the store, for a command that works on it while no runner has it open. */
public final class StoredManagers implements AutoCloseable {
    private final OpenedStore store;
    private final AuditLog audit;
    private final ProviderObjects objects;
    private final LocalSecrets secrets;

    private StoredManagers(OpenedStore store, AuditLog audit, Configuration configuration, Resolver resolver) {
        this.store = store;
        this.audit = audit;
        this.objects =
                new ProviderObjects(store.sealed(), audit, configuration.providers(), resolver, InstantSource.system());
        this.secrets = new LocalSecrets(
                store.sealed(), audit, new LocalVersions(configuration.providers()), InstantSource.system());
    }

    /**
     * Opens the store and puts its providers in force, next to those of the configuration.
     *
     * @throws CannotStartException if there is no store, a runner has it open, or it cannot be used
     */
    public static StoredManagers open(Configuration configuration, Resolver resolver) throws CannotStartException {
        ControlSettings settings = configuration.control();
        try {
            settings.store().requirePresent(settings.dataDirectory());
            OpenedStore store = OpenedStore.open(settings, false);
            AuditLog audit = AuditSinks.open(store, settings, Duration.ZERO);
            StoredManagers opened = new StoredManagers(store, audit, configuration, resolver);
            boolean started = false;
            try {
                store.foundManifest(audit);
                configuration.store().open(store.sealed());
                opened.objects.start();
                started = true;
                return opened;
            } finally {
                if (!started) {
                    opened.close();
                }
            }
        } catch (StoreInUseException e) {
            throw new CannotStartException(
                    "a runner has the store open, and one process at a time may: stop the runner, call this again, and"
                            + " start the runner",
                    e);
        } catch (StoreException e) {
            throw new CannotStartException(String.valueOf(e.getMessage()), e);
        }
    }

    /** Returns what creates secrets of a provider of the manager {@code local}. The audit log records each. */
    public SecretWriter localWriter(ProviderId provider, Actor actor) {
        return (name, field, value) -> create(provider, name, Map.of(field, value), actor);
    }

    private SecretWriter.Outcome create(ProviderId provider, String name, Map<String, Secret> values, Actor actor)
            throws ProviderException {
        try {
            var _ = secrets.put(
                    provider.id(), name, values, new Expiry.Never(), new Change(actor, null, 0L, "by migrate"));
            return SecretWriter.Outcome.CREATED;
        } catch (LocalSecretException e) {
            if (e.kind() == LocalSecretException.Kind.CHANGED) {
                return SecretWriter.Outcome.EXISTS;
            }
            throw new ProviderException(Kind.CONFIGURATION, String.valueOf(e.getMessage()));
        } catch (StoreException e) {
            throw new ProviderException(Kind.UNAVAILABLE, String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void close() {
        objects.close();
        audit.close();
        store.close();
    }
}
