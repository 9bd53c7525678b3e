package dev.secretproviders.provider.local;

import dev.secretproviders.provider.local.SecretMetadata.Version;
import dev.secretproviders.spi.Secret;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The stored record of one secret.
 *
 * @param lastVersion the highest version number so far; numbers are never reused, not even after a deletion
 * @param deletedAt when it was deleted, or null if it exists
 * @param versions the versions kept, oldest first; empty if it was deleted
 * @param values the values of the current version; empty if that was destroyed
 * @param digests digests of the stored values of earlier versions, by version number, so that they cannot be replaced;
 *     empty in records of an earlier release
 */
record SecretRecord(
        int lastVersion,
        @Nullable Instant deletedAt,
        List<Version> versions,
        Map<String, Secret> values,
        Map<Integer, String> digests)
        implements AutoCloseable {
    SecretRecord {
        digests = digests == null ? Map.of() : Map.copyOf(digests);
        versions = versions == null ? List.of() : List.copyOf(versions);
        values = values == null ? Map.of() : Map.copyOf(values);
    }

    /** Returns the record of a secret that never existed. */
    static SecretRecord none() {
        return new SecretRecord(0, null, List.of(), Map.of(), Map.of());
    }

    static SecretRecord tombstone(int lastVersion, Instant deletedAt) {
        return new SecretRecord(lastVersion, deletedAt, List.of(), Map.of(), Map.of());
    }

    /** Returns whether the secret exists; false for a tombstone. */
    boolean exists() {
        return !versions.isEmpty();
    }

    /** Refuses a secret that does not exist. */
    void requireExists(LocalPath where) throws LocalSecretException {
        if (!exists()) {
            throw new LocalSecretException(LocalSecretException.Kind.NOT_FOUND, "there is no secret '" + where + "'");
        }
    }

    Version current() {
        return versions.getLast();
    }

    @Nullable
    Version version(int number) {
        return versions.stream()
                .filter(version -> version.version() == number)
                .findFirst()
                .orElse(null);
    }

    /** Returns the newest version kept before {@code number}, or null. */
    @Nullable
    Version before(int number) {
        return versions.reversed().stream()
                .filter(version -> version.version() < number)
                .findFirst()
                .orElse(null);
    }

    SecretMetadata metadata(LocalPath path, long revision) {
        return new SecretMetadata(path.provider(), path.path(), revision, versions);
    }

    /** Returns a copy of the current values, which the caller closes. */
    Map<String, Secret> copyOfValues() {
        Map<String, Secret> copies = new HashMap<>();
        values.forEach((name, value) -> copies.put(name, value.use(bytes -> Secret.owning(bytes.clone()))));
        return copies;
    }

    /** Wipes the values. */
    @Override
    public void close() {
        values.values().forEach(Secret::close);
    }
}
