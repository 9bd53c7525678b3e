package dev.secretproviders.provider.local;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The metadata of a local secret, without values.
 *
 * @param provider the id of its provider object
 * @param path its path
 * @param revision the revision of the store that last changed it; its ETag
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
     * @param createdBy the name of its author
     * @param expiresAt when it expires, or null for never
     * @param fields the names of its fields, sorted
     * @param destroyed whether its values were destroyed
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
