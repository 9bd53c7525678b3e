package dev.secretproviders.admin.rotation;

import dev.secretproviders.spi.ContentDigester;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One change of a secret's value under an unchanged path. Immutable; holds no secret.
 *
 * @param secret what rotated
 * @param from the version before: the provider's id of it, or its name where only that is known; null if not known
 * @param to the version after, in the same way
 * @param at when the runner found it
 * @param known how the runner knows it
 */
record Rotation(
        Place secret, @Nullable String from, @Nullable String to, Instant at, Known known) {

    /** The source of a rotation. */
    enum Known {
        /** This runner saw it. */
        SEEN,
        /** It is in the audit log, from before the start or from another runner. */
        AUDIT_LOG,
        /** Its overlap runs, but there is no record of it. The time is an estimate. */
        OVERLAP
    }

    /**
     * A secret of a provider.
     *
     * @param path its name at the provider
     */
    record Place(ProviderId provider, String path) {
        static Place of(SecretReference reference, String path) {
            return new Place(reference.provider(), path);
        }
    }

    /** Returns the manager's name of the version before, or null if the manager gives none. */
    @Nullable
    String fromName() {
        return name(from);
    }

    /** Returns the manager's name of the version after, or null if the manager gives none. */
    @Nullable
    String toName() {
        return name(to);
    }

    private static @Nullable String name(@Nullable String version) {
        return version == null ? null : ContentDigester.sharedName(version);
    }
}
