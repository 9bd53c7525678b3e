package dev.secretproviders.provider.local;

import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.provider.local.LocalSecretException.Kind;
import dev.secretproviders.provider.local.SecretMetadata.Version;
import dev.secretproviders.provider.local.SecretRecords.Read;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Transaction;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
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

    /**
     * The writes of one change.
     *
     * @param record the new record; its values may be closed by now
     * @param puts all entries to write, including the record
     * @param deletes the entries to remove
     * @param message a remark for the audit log
     */
    private record Next(
            EventCode code,
            SecretRecord record,
            Map<String, byte[]> puts,
            Set<String> deletes,
            @Nullable String message) {}

    @FunctionalInterface
    private interface Edit {
        Next apply(SecretRecord before, Instant now) throws LocalSecretException, StoreException;
    }

    /** The content of a version to write. */
    private record Content(
            Map<String, Secret> values, @Nullable Instant expiresAt) {}

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
        checkValues(values);
        return change(where, change, (before, now) -> {
            Content content = new Content(values, expiry(expiry, null, now));
            return next(where, before, content, change, now, codeOfWrite(before), null);
        });
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
        return change(where, change, (before, now) -> {
            requireThere(where, before);
            return patched(where, before, changed, removed, expiry, change, now, EventCode.SECRET_UPDATE, null);
        });
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
            SecretMetadata metadata = change(
                    where,
                    change,
                    (before, now) -> patched(
                            where,
                            before,
                            Map.of(field, value),
                            Set.of(),
                            expiry,
                            change,
                            now,
                            codeOfWrite(before),
                            "field " + field + " was generated"));
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
        return change(where, change, (before, now) -> {
            Version target = requireVersion(where, before, version);
            Map<String, Secret> values = values(where, before, target);
            try {
                Content content = new Content(values, expiry(expiry, target.expiresAt(), now));
                return next(
                        where,
                        before,
                        content,
                        change,
                        now,
                        EventCode.SECRET_ROLLBACK,
                        "rolled back to version " + version);
            } finally {
                values.values().forEach(Secret::close);
            }
        });
    }

    /** Deletes the values of one version permanently. Its number and field names stay; references to it are denied. */
    public SecretMetadata destroy(String provider, String path, int version, Change change)
            throws LocalSecretException, StoreException {
        LocalPath where = LocalPath.checked(provider, path);
        return change(where, change, (before, now) -> {
            requireVersion(where, before, version);
            List<Version> versions = before.versions().stream()
                    .map(each -> each.version() == version ? each.withoutValues() : each)
                    .toList();
            boolean current = before.current().version() == version;
            SecretRecord after = new SecretRecord(
                    before.lastVersion(),
                    null,
                    versions,
                    current ? Map.of() : before.values(),
                    digests(before, versions));
            return new Next(
                    EventCode.SECRET_DELETE,
                    after,
                    Map.of(where.key(), records.bytes(after)),
                    current ? Set.of() : Set.of(where.versionKey(version)),
                    "version " + version + " was destroyed");
        });
    }

    /**
     * Deletes all versions of a secret. References to it are denied as deleted. A later {@link #put} makes a new
     * secret, whose version numbers continue.
     */
    public void delete(String provider, String path, Change change) throws LocalSecretException, StoreException {
        LocalPath where = LocalPath.checked(provider, path);
        change(where, change, (before, now) -> {
            requireThere(where, before);
            Set<String> versions = new TreeSet<>();
            before.versions().forEach(each -> versions.add(where.versionKey(each.version())));
            SecretRecord after = SecretRecord.tombstone(before.lastVersion(), now);
            return new Next(EventCode.SECRET_DELETE, after, Map.of(where.key(), records.bytes(after)), versions, null);
        });
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
            requireThere(where, read.record());
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
        requireProvider(where.provider());
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            try (Read before = records.read(where)) {
                requireExpected(where, before, change);
                Next next = edit.apply(before.record(), clock.instant());
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

    private Next patched(
            LocalPath where,
            SecretRecord before,
            Map<String, Secret> changed,
            Set<String> removed,
            Expiry expiry,
            Change change,
            Instant now,
            EventCode code,
            @Nullable String message)
            throws LocalSecretException {
        if (before.exists() && before.current().destroyed()) {
            throw new LocalSecretException(
                    Kind.INVALID,
                    "the current version of '" + where + "' was destroyed, so that nothing can be kept of it; write all"
                            + " fields, or roll back");
        }
        Map<String, Secret> values = new HashMap<>(before.values());
        values.keySet().removeAll(removed);
        values.putAll(changed);
        checkValues(values);
        Instant kept = before.exists() ? before.current().expiresAt() : null;
        return next(where, before, new Content(values, expiry(expiry, kept, now)), change, now, code, message);
    }

    private Next next(
            LocalPath where,
            SecretRecord before,
            Content content,
            Change change,
            Instant now,
            EventCode code,
            @Nullable String message)
            throws LocalSecretException {
        int kept = requireProvider(where.provider());
        int number = before.lastVersion() + 1;
        List<Version> versions = new ArrayList<>(before.versions());
        versions.add(new Version(
                number,
                now.truncatedTo(ChronoUnit.MILLIS),
                change.actor().name(),
                content.expiresAt(),
                content.values().keySet().stream().sorted().toList(),
                false));
        Set<String> deletes = new TreeSet<>();
        while (versions.size() > kept) {
            deletes.add(where.versionKey(versions.removeFirst().version()));
        }
        Map<String, byte[]> puts = new HashMap<>();
        Map<Integer, String> digests = digests(before, versions);
        if (before.exists()) {
            Version current = before.current();
            if (!current.destroyed() && versions.contains(current)) {
                byte[] values = records.bytes(before.values());
                puts.put(where.versionKey(current.version()), values);
                digests.put(current.version(), SecretRecords.digest(values));
            }
        }
        SecretRecord after = new SecretRecord(number, null, versions, content.values(), digests);
        puts.put(where.key(), records.bytes(after));
        return new Next(code, after, puts, deletes, message);
    }

    /** Returns the digests of the earlier versions whose values are kept. */
    private static Map<Integer, String> digests(SecretRecord before, List<Version> kept) {
        Map<Integer, String> digests = new HashMap<>(before.digests());
        digests.keySet()
                .removeIf(number ->
                        kept.stream().noneMatch(version -> version.version() == number && !version.destroyed()));
        return digests;
    }

    /** Returns copies of a version's values, which the caller closes. */
    private Map<String, Secret> values(LocalPath where, SecretRecord record, Version version)
            throws LocalSecretException, StoreException {
        Map<String, Secret> found = version.version() == record.current().version()
                ? record.copyOfValues()
                : records.readVersion(where, record, version.version());
        if (version.destroyed() || found == null) {
            throw new LocalSecretException(
                    Kind.NOT_FOUND, "version " + version.version() + " of '" + where + "' was destroyed");
        }
        return found;
    }

    private static EventCode codeOfWrite(SecretRecord before) {
        return before.exists() ? EventCode.SECRET_UPDATE : EventCode.SECRET_CREATE;
    }

    private static @Nullable Instant expiry(Expiry expiry, @Nullable Instant before, Instant now)
            throws LocalSecretException {
        Instant instant = switch (expiry) {
            case Expiry.Kept() -> before;
            case Expiry.Never() -> null;
            case Expiry.At(Instant at) -> at.truncatedTo(ChronoUnit.MILLIS);
        };
        if (instant != null && !instant.isAfter(now)) {
            throw new LocalSecretException(
                    Kind.INVALID, "expires_at: " + instant + " has passed; give a later date, or null for none");
        }
        return instant;
    }

    private static void checkValues(Map<String, Secret> values) throws LocalSecretException {
        if (values.isEmpty() || values.size() > MAX_FIELDS) {
            throw new LocalSecretException(Kind.INVALID, "fields: expected 1 to " + MAX_FIELDS + " fields");
        }
        long total = 0;
        for (Map.Entry<String, Secret> field : values.entrySet()) {
            LocalPath.checkField(field.getKey());
            int length = field.getValue().length();
            if (length == 0 || length > MAX_VALUE_BYTES) {
                throw new LocalSecretException(
                        Kind.INVALID, "fields." + field.getKey() + ": expected 1 to " + MAX_VALUE_BYTES + " bytes");
            }
            total += length;
        }
        if (total > MAX_SECRET_BYTES) {
            throw new LocalSecretException(
                    Kind.INVALID, "fields: expected at most " + MAX_SECRET_BYTES + " bytes in all");
        }
    }

    private int requireProvider(String id) throws LocalSecretException {
        return objects.versionsKept(id)
                .orElseThrow(() -> new LocalSecretException(
                        Kind.NO_PROVIDER,
                        "there is no provider " + LocalPath.MANAGER + "/" + id + "; create it first"));
    }

    private static void requireThere(LocalPath where, SecretRecord record) throws LocalSecretException {
        if (!record.exists()) {
            throw new LocalSecretException(Kind.NOT_FOUND, "there is no secret '" + where + "'");
        }
    }

    private static Version requireVersion(LocalPath where, SecretRecord record, int number)
            throws LocalSecretException {
        requireThere(where, record);
        Version version = record.version(number);
        if (version == null) {
            throw new LocalSecretException(Kind.NOT_FOUND, "'" + where + "' has no version " + number + " (any more)");
        }
        return version;
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
