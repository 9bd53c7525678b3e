package dev.secretproviders.provider.local;

import dev.secretproviders.audit.Actor;
import org.jspecify.annotations.Nullable;

/**
 * Who changes a secret, and if.
 *
 * @param actor who
 * @param requestId the request that asked for it, or null
 * @param expectedRevision the revision that the secret must have, 0 if it must not be there, null for any
 * @param note more about it for the audit log, or null
 */
public record Change(
        Actor actor,
        @Nullable String requestId,
        @Nullable Long expectedRevision,
        @Nullable String note) {
    /** Returns this change with more about it for the audit log. */
    public Change noting(@Nullable String more) {
        return new Change(actor, requestId, expectedRevision, more);
    }

    /** Returns what to say in the audit log of a change about which there is {@code message} to say. */
    @Nullable
    String saying(@Nullable String message) {
        if (message == null || note == null) {
            return message == null ? note : message;
        }
        return message + ", " + note;
    }
}
