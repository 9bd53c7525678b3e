package dev.secretproviders.provider.local;

import dev.secretproviders.provider.local.SecretMetadata.Version;
import dev.secretproviders.spi.Secret;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is stored of one secret under its key.
 *
 * @param lastVersion the highest number that was ever given; numbers are never given twice, not even after a deletion
 * @param deletedAt when it was deleted, or null if it is there
 * @param versions the versions kept, oldest first; none if it was deleted
 * @param values the values of the current version; empty if that was destroyed
 * @param digests of what is stored of earlier versions, by their numbers, so that nothing else can be put in its place; an earlier
 *     release wrote none
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

    /** Returns the record of a secret that was never there. */
    static SecretRecord none() {
        return new SecretRecord(0, null, List.of(), Map.of(), Map.of());
    }

    static SecretRecord tombstone(int lastVersion, Instant deletedAt) {
        return new SecretRecord(lastVersion, deletedAt, List.of(), Map.of(), Map.of());
    }

    /** Returns whether there is a secret, rather than none or a tombstone. */
    boolean exists() {
        return !versions.isEmpty();
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

    /** Returns the version kept before {@code number}, or null. */
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

    /** Returns the current values once more, for somebody else who closes them. */
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
