package dev.secretproviders.provider.local;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What may be shown of a local secret.
 *
 * @param provider the id of its provider object
 * @param path its path
 * @param revision the store's revision that changed it last: its ETag
 * @param versions the versions kept, oldest first; the last one is the current one
 */
public record SecretMetadata(String provider, String path, long revision, List<Version> versions) {
    public SecretMetadata {
        versions = List.copyOf(versions);
    }

    /** Returns the current version. */
    public Version current() {
        return versions.getLast();
    }

    /**
     * One version.
     *
     * @param version its number, from 1
     * @param createdAt when it was written
     * @param createdBy the name of who wrote it
     * @param expiresAt from when on it is denied, or null for never
     * @param fields the names of its fields, sorted
     * @param destroyed whether its values are no more
     */
    public record Version(
            int version,
            Instant createdAt,
            String createdBy,
            @Nullable Instant expiresAt,
            List<String> fields,
            boolean destroyed) {
        public Version {
            fields = List.copyOf(fields);
        }

        boolean expired(Instant now) {
            return expiresAt != null && !now.isBefore(expiresAt);
        }

        Version withoutValues() {
            return new Version(version, createdAt, createdBy, expiresAt, fields, true);
        }
    }
}
