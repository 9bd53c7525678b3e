package dev.secretproviders.app.control;

import dev.secretproviders.app.settings.ControlSettings;
import dev.secretproviders.app.settings.CryptoSettings;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.crypto.FipsModule;
import dev.secretproviders.crypto.Hmac;
import dev.secretproviders.crypto.KeyCheck;
import dev.secretproviders.crypto.KeyringException;
import dev.secretproviders.crypto.MasterKeyring;
import dev.secretproviders.crypto.RandomSecrets;
import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.crypto.UnsealException;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.PrivateFiles;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.StoreSchema;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import dev.secretproviders.store.protection.SealedStore;
import dev.secretproviders.store.protection.SeenCounter;
import dev.secretproviders.store.protection.VerifiedStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The opened store. Nothing in it was changed before the keyring was found to fit.
 *
 * @param raw the store with sealed values, as the engine keeps it
 * @param sealed the same store, which unseals and verifies values; closing it closes the engine
 * @param chainKey the key of the audit log's chain, which is sealed in the store
 */
public record OpenedStore(Store raw, VerifiedStore sealed, MasterKeyring keyring, Sealer sealer, Hmac chainKey)
        implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OpenedStore.class);
    private static final String KEY_CHECK = "meta/key-check";
    private static final String CHAIN_KEY = "key/audit";
    private static final int CHAIN_KEY_BYTES = 32;
    private static final Set<String> CLEAR = Set.of("audit/", "meta/");

    /**
     * Opens the store, in the data directory. An empty store gets its first entries, and a keyring if there is none.
     *
     * @throws StoreException if the store cannot be reached now
     * @throws CannotStartException if the keyring is missing or does not fit, or the store is damaged
     */
    static OpenedStore open(ControlSettings settings) throws StoreException, CannotStartException {
        makeDataDirectory(settings.dataDirectory());
        return open(settings, false);
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
                    e.getClass().getSimpleName() + ": " + e.getMessage());
        }
    }

    /**
     * Opens the store as {@link #open(ControlSettings)} does.
     *
     * @param accepting whether the store may have returned to an earlier state, as after a restore
     */
    public static OpenedStore open(ControlSettings settings, boolean accepting)
            throws StoreException, CannotStartException {
        try {
            FipsModule.load();
        } catch (IllegalStateException e) {
            throw new CannotStartException(String.valueOf(e.getMessage()), e);
        }
        Store raw = settings.store().open(settings.dataDirectory());
        boolean opened = false;
        try {
            MasterKeyring keyring = keyring(raw, settings);
            Sealer sealer = new Sealer(keyring);
            boolean says = check(raw, sealer, settings.crypto());
            StoreSchema.migrate(raw);
            boolean fresh = raw.get(CHAIN_KEY) == null;
            VerifiedStore sealed = VerifiedStore.open(
                    new SealedStore(raw, sealer, CLEAR),
                    SeenCounter.open(settings.storeCounter(), sealer),
                    InstantSource.system(),
                    says && !accepting,
                    accepting);
            OpenedStore store = new OpenedStore(raw, sealed, keyring, sealer, chainKey(sealed));
            if (fresh && !sealed.founded()) {
                sealed.found(store.withManifest());
                CommitResult _ = sealed.commit(Transaction.EMPTY);
            }
            opened = true;
            return store;
        } catch (KeyringException e) {
            throw new CannotStartException(String.valueOf(e.getMessage()), e);
        } finally {
            if (!opened) {
                raw.close();
            }
        }
    }

    private static MasterKeyring keyring(Store raw, ControlSettings control)
            throws StoreException, KeyringException, CannotStartException {
        CryptoSettings settings = control.crypto();
        if (!settings.absent()) {
            return settings.keyring();
        }
        if (!raw.list(Range.prefix("").limit(1)).entries().isEmpty()) {
            throw new CannotStartException(
                    "the store " + raw.status().place() + " has content, but there is no keyring at " + settings.file()
                            + " to open it with. Put back the keyring that it was made with (crypto.keyring), or, in a"
                            + " cluster, copy that of another runner. Nothing was changed",
                    null);
        }
        try {
            Path directory = settings.file().toAbsolutePath().getParent();
            if (directory != null) {
                PrivateFiles.createDirectories(directory);
            }
            // An empty store with a new keyring is a different store, so the highest counter of the old one is dropped.
            Files.deleteIfExists(control.storeCounter());
        } catch (IOException e) {
            throw new CannotStartException(
                    "the keyring " + settings.file() + " cannot be created: " + e.getMessage(), e);
        }
        return MasterKeyring.create(settings.file());
    }

    /** Returns whether the store says that it has a manifest. */
    private static boolean check(Store raw, Sealer sealer, CryptoSettings settings)
            throws StoreException, CannotStartException {
        Stored check = raw.get(KEY_CHECK);
        if (check == null) {
            if (!raw.list(Range.prefix("").limit(1)).entries().isEmpty()) {
                throw new CannotStartException(
                        "the store " + raw.status().place() + " has content, but not the entry " + KEY_CHECK
                                + " that each of our stores has: it is damaged, or not ours. Restore a backup, or name"
                                + " another store. Nothing was changed",
                        null);
            }
            // Another runner may do the same at this moment. Only one succeeds.
            CommitResult _ =
                    raw.commit(Transaction.EMPTY.expecting(KEY_CHECK, 0).put(KEY_CHECK, KeyCheck.create(sealer)));
            check = Objects.requireNonNull(raw.get(KEY_CHECK), "just written");
        }
        String problem = KeyCheck.problem(sealer, check.value());
        if (problem != null) {
            throw new CannotStartException(
                    "the keyring (" + settings.place() + ") does not fit the store "
                            + raw.status().place() + ": " + problem
                            + ". Put back the keyring that the store was made with. Nothing was changed",
                    null);
        }
        return KeyCheck.hasManifest(sealer, check.value());
    }

    /** Creates the manifest of a store from an earlier version, and records that. Called before any other use. */
    public void foundManifest(AuditLog audit) throws StoreException {
        if (!sealed.founded()) {
            sealed.found(withManifest());
            audit.record(AuditEvent.done(EventCode.MANIFEST_CREATE, Actor.RUNNER, "store")
                    .withMessage("the store was written by an earlier version"));
        }
    }

    /**
     * Accepts the current content of the store, and records that.
     *
     * @param refused the keys that did not match the manifest until now
     */
    public void accept(AuditLog audit, Actor actor, Set<String> refused) throws StoreException {
        sealed.accept(withManifest());
        String message = refused.isEmpty() ? "nothing was refused" : "no longer refused: " + String.join(", ", refused);
        audit.record(AuditEvent.done(EventCode.RESTORE, actor, "store").withMessage("accepted as it is; " + message));
    }

    private Transaction withManifest() {
        return Transaction.EMPTY.put(KEY_CHECK, KeyCheck.withManifest(sealer));
    }

    private static Hmac chainKey(Store store) throws StoreException {
        Stored stored = store.get(CHAIN_KEY);
        if (stored == null) {
            try (Secret key = RandomSecrets.bytes(CHAIN_KEY_BYTES)) {
                CommitResult _ =
                        store.commit(Transaction.EMPTY.expecting(CHAIN_KEY, 0).put(CHAIN_KEY, key.use(byte[]::clone)));
            }
            stored = Objects.requireNonNull(store.get(CHAIN_KEY), "just written");
        }
        try (Secret key = Secret.owning(stored.value())) {
            return Hmac.withKey(key);
        }
    }

    /** Returns whether the whole store was last encrypted with the current master key. */
    boolean underCurrentKey() throws StoreException {
        Stored check = raw.get(KEY_CHECK);
        return check != null && sealer.current(check.value());
    }

    /**
     * Returns the changes that mark the whole store as encrypted with the current master key.
     *
     * @throws StoreException if the entry is missing or cannot be unsealed
     */
    Transaction rewrapped() throws StoreException {
        Stored check = raw.get(KEY_CHECK);
        if (check == null) {
            throw new StoreException("the store has lost its entry " + KEY_CHECK, null);
        }
        try {
            return Transaction.EMPTY
                    .expecting(KEY_CHECK, check.revision())
                    .put(KEY_CHECK, KeyCheck.rewrap(sealer, check.value()));
        } catch (UnsealException e) {
            throw new StoreException(String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public void close() {
        sealed.close();
    }
}
