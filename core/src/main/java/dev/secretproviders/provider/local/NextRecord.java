package dev.secretproviders.provider.local;

import dev.secretproviders.audit.EventCode;
import dev.secretproviders.provider.local.LocalSecretException.Kind;
import dev.secretproviders.provider.local.SecretMetadata.Version;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.StoreException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Makes the next record of one secret from the record before it, with the other entries to write. It writes nothing. A
 * secret that another caller changed meanwhile gets another instance. Not thread-safe.
 */
final class NextRecord {
    private final SecretRecords records;
    private final LocalPath where;
    private final SecretRecord before;
    private final int versionsKept;
    private final String author;
    private final Instant now;

    /**
     * Creates the next record of one attempt.
     *
     * @param before remains the caller's, who closes it after the writes
     * @param versionsKept how many versions of the secret stay, including a new one
     * @param author the name of the caller who changes the secret
     */
    NextRecord(
            SecretRecords records, LocalPath where, SecretRecord before, int versionsKept, String author, Instant now) {
        this.records = records;
        this.where = where;
        this.before = before;
        this.versionsKept = versionsKept;
        this.author = author;
        this.now = now;
    }

    /**
     * The writes of one change.
     *
     * @param record the new record; its values may be closed by now
     * @param puts all entries to write, including the record
     * @param deletes the entries to remove
     * @param message a remark for the audit log
     */
    record Writes(
            EventCode code,
            SecretRecord record,
            Map<String, byte[]> puts,
            Set<String> deletes,
            @Nullable String message) {}

    /** Adds a version that has exactly these values. */
    Writes replaced(Map<String, Secret> values, Expiry expiry) throws LocalSecretException {
        return version(values, expiry(expiry, null), codeOfWrite(), null);
    }

    /** Adds a version with some fields changed and the others as before. The secret must exist. */
    Writes patched(Map<String, Secret> changed, Set<String> removed, Expiry expiry) throws LocalSecretException {
        before.requireExists(where);
        return patched(changed, removed, expiry, EventCode.SECRET_UPDATE, null);
    }

    /** Adds a version with a generated field and the others as before. */
    Writes generated(String field, Secret value, Expiry expiry) throws LocalSecretException {
        return patched(Map.of(field, value), Set.of(), expiry, codeOfWrite(), "field " + field + " was generated");
    }

    private Writes patched(
            Map<String, Secret> changed, Set<String> removed, Expiry expiry, EventCode code, @Nullable String message)
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
        return version(values, expiry(expiry, kept), code, message);
    }

    /** Adds a version with the values of an earlier one. */
    Writes rolledBack(int number, Expiry expiry) throws LocalSecretException, StoreException {
        Version target = requireVersion(number);
        Map<String, Secret> values = values(target);
        try {
            return version(
                    values,
                    expiry(expiry, target.expiresAt()),
                    EventCode.SECRET_ROLLBACK,
                    "rolled back to version " + number);
        } finally {
            values.values().forEach(Secret::close);
        }
    }

    /** Removes the values of a version. */
    Writes destroyed(int number) throws LocalSecretException {
        requireVersion(number);
        List<Version> versions = before.versions().stream()
                .map(each -> each.version() == number ? each.withoutValues() : each)
                .toList();
        boolean current = before.current().version() == number;
        SecretRecord after = new SecretRecord(
                before.lastVersion(), null, versions, current ? Map.of() : before.values(), digests(versions));
        return new Writes(
                EventCode.SECRET_DELETE,
                after,
                Map.of(where.key(), records.bytes(after)),
                current ? Set.of() : Set.of(where.versionKey(number)),
                "version " + number + " was destroyed");
    }

    /** Removes all versions. */
    Writes deleted() throws LocalSecretException {
        before.requireExists(where);
        Set<String> versions = new TreeSet<>();
        before.versions().forEach(each -> versions.add(where.versionKey(each.version())));
        SecretRecord after = SecretRecord.tombstone(before.lastVersion(), now);
        return new Writes(EventCode.SECRET_DELETE, after, Map.of(where.key(), records.bytes(after)), versions, null);
    }

    private Writes version(
            Map<String, Secret> values, @Nullable Instant expiresAt, EventCode code, @Nullable String message) {
        int number = before.lastVersion() + 1;
        List<Version> versions = new ArrayList<>(before.versions());
        versions.add(new Version(
                number,
                now.truncatedTo(ChronoUnit.MILLIS),
                author,
                expiresAt,
                values.keySet().stream().sorted().toList(),
                false));
        Set<String> deletes = new TreeSet<>();
        while (versions.size() > versionsKept) {
            deletes.add(where.versionKey(versions.removeFirst().version()));
        }
        Map<String, byte[]> puts = new HashMap<>();
        Map<Integer, String> digests = digests(versions);
        if (before.exists()) {
            Version current = before.current();
            if (!current.destroyed() && versions.contains(current)) {
                byte[] earlier = records.bytes(before.values());
                puts.put(where.versionKey(current.version()), earlier);
                digests.put(current.version(), SecretRecords.digest(earlier));
            }
        }
        SecretRecord after = new SecretRecord(number, null, versions, values, digests);
        puts.put(where.key(), records.bytes(after));
        return new Writes(code, after, puts, deletes, message);
    }

    /** Returns the digests of the earlier versions whose values are kept. */
    private Map<Integer, String> digests(List<Version> kept) {
        Map<Integer, String> digests = new HashMap<>(before.digests());
        digests.keySet()
                .removeIf(number ->
                        kept.stream().noneMatch(version -> version.version() == number && !version.destroyed()));
        return digests;
    }

    /** Returns copies of a version's values, which the caller closes. */
    private Map<String, Secret> values(Version version) throws LocalSecretException, StoreException {
        Map<String, Secret> found = version.version() == before.current().version()
                ? before.copyOfValues()
                : records.readVersion(where, before, version.version());
        if (version.destroyed() || found == null) {
            throw new LocalSecretException(
                    Kind.NOT_FOUND, "version " + version.version() + " of '" + where + "' was destroyed");
        }
        return found;
    }

    private EventCode codeOfWrite() {
        return before.exists() ? EventCode.SECRET_UPDATE : EventCode.SECRET_CREATE;
    }

    private @Nullable Instant expiry(Expiry expiry, @Nullable Instant kept) throws LocalSecretException {
        Instant instant = switch (expiry) {
            case Expiry.Kept() -> kept;
            case Expiry.Never() -> null;
            case Expiry.At(Instant at) -> at.truncatedTo(ChronoUnit.MILLIS);
        };
        if (instant != null && !instant.isAfter(now)) {
            throw new LocalSecretException(
                    Kind.INVALID, "expires_at: " + instant + " has passed; give a later date, or null for none");
        }
        return instant;
    }

    /** Refuses values that no secret may have. */
    static void checkValues(Map<String, Secret> values) throws LocalSecretException {
        if (values.isEmpty() || values.size() > LocalSecrets.MAX_FIELDS) {
            throw new LocalSecretException(
                    Kind.INVALID, "fields: expected 1 to " + LocalSecrets.MAX_FIELDS + " fields");
        }
        long total = 0;
        for (Map.Entry<String, Secret> field : values.entrySet()) {
            LocalPath.checkField(field.getKey());
            int length = field.getValue().length();
            if (length == 0 || length > LocalSecrets.MAX_VALUE_BYTES) {
                throw new LocalSecretException(
                        Kind.INVALID,
                        "fields." + field.getKey() + ": expected 1 to " + LocalSecrets.MAX_VALUE_BYTES + " bytes");
            }
            total += length;
        }
        if (total > LocalSecrets.MAX_SECRET_BYTES) {
            throw new LocalSecretException(
                    Kind.INVALID, "fields: expected at most " + LocalSecrets.MAX_SECRET_BYTES + " bytes in all");
        }
    }

    private Version requireVersion(int number) throws LocalSecretException {
        before.requireExists(where);
        Version version = before.version(number);
        if (version == null) {
            throw new LocalSecretException(Kind.NOT_FOUND, "'" + where + "' has no version " + number + " (any more)");
        }
        return version;
    }
}
