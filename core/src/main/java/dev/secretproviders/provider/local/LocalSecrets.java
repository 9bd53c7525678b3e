package dev.secretproviders.provider.local;

import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.provider.local.LocalSecretException.Kind;
import dev.secretproviders.provider.local.NextRecord.Writes;
import dev.secretproviders.provider.local.SecretRecords.Read;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Transaction;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Secrets that users keep in the product itself. Callers write values and can never read them back here: only providers
 * read them, to resolve references. Every change makes a new version, in one transaction with its audit record.
 * Concurrent writers do not lose each other's changes.
 *
 * <p>Thread-safe. All methods block for I/O.
 */
public final class LocalSecrets {
    /** The most fields of a secret. */
    public static final int MAX_FIELDS = 64;

    /** The most bytes of a value. */
    public static final int MAX_VALUE_BYTES = 64 << 10;

    /** The most bytes of all values of a secret. Twice that, in base64, fits into a transaction. */
    public static final int MAX_SECRET_BYTES = 256 << 10;

    private static final int MAX_ATTEMPTS = 100;

    private final SecretRecords records;
    private final AuditLog audit;
    private final LocalObjects objects;
    private final InstantSource clock;

    /**
     * Creates the service.
     *
     * @param store the store, which seals what it holds
     * @param audit the audit log in the same store
     * @param objects the provider objects in force
     */
    public LocalSecrets(Store store, AuditLog audit, LocalObjects objects, InstantSource clock) {
        this.records = new SecretRecords(store);
        this.audit = audit;
        this.objects = objects;
        this.clock = clock;
    }

    /**
     * One page of a provider's secrets.
     *
     * @param total the number of secrets in all
     * @param secrets the secrets of the page
     * @param damaged paths of secrets whose records cannot be read
     */
    public record Page(int total, List<SecretMetadata> secrets, List<String> damaged) {
        public Page {
            secrets = List.copyOf(secrets);
            damaged = List.copyOf(damaged);
        }
    }

    /**
     * A generated key.
     *
     * @param value the key, which the caller closes; it cannot be read a second time
     */
    public record Generated(SecretMetadata secret, Secret value) implements AutoCloseable {
        @Override
        public void close() {
            value.close();
        }
    }

    @FunctionalInterface
    private interface Edit {
        Writes apply(NextRecord next) throws LocalSecretException, StoreException;
    }

    /** Returns the name of a secret in audit records. */
    public static String auditName(String provider, String path) {
        return new LocalPath(provider, path).key();
    }

    /**
     * Writes a new version that has exactly these fields.
     *
     * @param values remain the caller's, who closes them
     * @param expiry {@code Kept} means {@code Never}: the new version takes nothing from the one before it
     */
    public SecretMetadata put(String provider, String path, Map<String, Secret> values, Expiry expiry, Change change)
            throws LocalSecretException, StoreException {
        LocalPath where = LocalPath.checked(provider, path);
        NextRecord.checkValues(values);
        return change(where, change, next -> next.replaced(values, expiry));
    }

    /**
     * Writes a new version with some fields changed and the others as before.
     *
     * @param changed the fields to write; they remain the caller's, who closes them
     * @param removed the fields to leave out; unknown names are ignored
     */
    public SecretMetadata patch(
            String provider,
            String path,
            Map<String, Secret> changed,
            Set<String> removed,
            Expiry expiry,
            Change change)
            throws LocalSecretException, StoreException {
        LocalPath where = LocalPath.checked(provider, path);
        return change(where, change, next -> next.patched(changed, removed, expiry));
    }

    /**
     * Writes a new version in which one field is a new random key and the others are as before. Creates the secret if
     * it does not exist.
     */
    public Generated generate(String provider, String path, String field, KeyShape shape, Expiry expiry, Change change)
            throws LocalSecretException, StoreException {
        LocalPath where = LocalPath.checked(provider, path);
        shape.check();
        Secret value = shape.generate();
        boolean written = false;
        try {
            SecretMetadata metadata = change(where, change, next -> next.generated(field, value, expiry));
            written = true;
            return new Generated(metadata, value);
        } finally {
            if (!written) {
                value.close();
            }
        }
    }

    /** Writes a new version with the values of an earlier one, and with its expiry unless the caller sets another. */
    public SecretMetadata rollback(String provider, String path, int version, Expiry expiry, Change change)
            throws LocalSecretException, StoreException {
        LocalPath where = LocalPath.checked(provider, path);
        return change(where, change, next -> next.rolledBack(version, expiry));
    }

    /** Deletes the values of one version permanently. Its number and field names stay; references to it are denied. */
    public SecretMetadata destroy(String provider, String path, int version, Change change)
            throws LocalSecretException, StoreException {
        LocalPath where = LocalPath.checked(provider, path);
        return change(where, change, next -> next.destroyed(version));
    }

    /**
     * Deletes all versions of a secret. References to it are denied as deleted. A later {@link #put} makes a new
     * secret, whose version numbers continue.
     */
    public void delete(String provider, String path, Change change) throws LocalSecretException, StoreException {
        LocalPath where = LocalPath.checked(provider, path);
        change(where, change, NextRecord::deleted);
    }

    /** Returns whether the secret exists. */
    public boolean exists(String provider, String path) throws LocalSecretException, StoreException {
        try (Read read = records.read(LocalPath.checked(provider, path))) {
            return read.record().exists();
        }
    }

    /** Returns the metadata of a secret, without values. */
    public SecretMetadata metadata(String provider, String path) throws LocalSecretException, StoreException {
        LocalPath where = LocalPath.checked(provider, path);
        requireProvider(provider);
        try (Read read = records.read(where)) {
            read.record().requireExists(where);
            return read.record().metadata(where, read.revision());
        }
    }

    /**
     * Returns one page of a provider's secrets, sorted by path.
     *
     * @param prefix the start of their paths; may be empty
     * @param page the page, from 1
     * @param size the number of secrets on a page
     */
    public Page list(String provider, String prefix, int page, int size) throws LocalSecretException, StoreException {
        requireProvider(provider);
        SecretRecords.Overview all = records.list(provider, prefix);
        List<SecretMetadata> asked =
                all.secrets().stream().skip((page - 1L) * size).limit(size).toList();
        return new Page(all.secrets().size(), asked, all.damaged());
    }

    private SecretMetadata change(LocalPath where, Change change, Edit edit)
            throws LocalSecretException, StoreException {
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            int versionsKept = requireProvider(where.provider());
            try (Read before = records.read(where)) {
                requireExpected(where, before, change);
                Writes next = edit.apply(new NextRecord(
                        records,
                        where,
                        before.record(),
                        versionsKept,
                        change.actor().name(),
                        clock.instant()));
                Transaction transaction =
                        new Transaction(Map.of(where.key(), before.revision()), next.puts(), next.deletes());
                AuditEvent event = AuditEvent.done(next.code(), change.actor(), where.key())
                        .in(change.requestId())
                        .changing(shown(before.record()), shown(next.record()))
                        .withMessage(change.withMessage(next.message()));
                if (audit.commit(transaction, event) instanceof CommitResult.Committed(long revision)) {
                    return next.record().metadata(where, revision);
                }
            }
        }
        throw new LocalSecretException(
                Kind.CHANGED, "the secret '" + where + "' is being changed by other callers; try again");
    }

    /** Returns how many versions of a secret the provider keeps. */
    private int requireProvider(String id) throws LocalSecretException {
        return objects.versionsKept(id)
                .orElseThrow(() -> new LocalSecretException(
                        Kind.NO_PROVIDER,
                        "there is no provider " + LocalPath.MANAGER + "/" + id + "; create it first"));
    }

    /**
     * Checks the expected revision. A tombstone counts as no secret, since callers need not know that there was one.
     */
    private static void requireExpected(LocalPath where, Read before, Change change) throws LocalSecretException {
        Long expected = change.expectedRevision();
        long actual = before.record().exists() ? before.revision() : 0;
        if (expected != null && expected != actual) {
            throw new LocalSecretException(
                    Kind.CHANGED,
                    actual == 0
                            ? "there is no secret '" + where + "' (any more)"
                            : "the secret '" + where + "' was changed by another caller; read it again");
        }
    }

    /** Returns what the audit log shows of a secret, without values. */
    private static @Nullable ObjectNode shown(SecretRecord record) {
        if (!record.exists()) {
            return null;
        }
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("version", record.current().version());
        if (record.current().expiresAt() != null) {
            node.put("expires_at", Objects.toString(record.current().expiresAt()));
        }
        ArrayNode fields = node.putArray("fields");
        record.current().fields().forEach(fields::add);
        ArrayNode kept = node.putArray("versions");
        ArrayNode destroyed = node.putArray("destroyed");
        record.versions().forEach(version -> (version.destroyed() ? destroyed : kept).add(version.version()));
        return node;
    }
}
