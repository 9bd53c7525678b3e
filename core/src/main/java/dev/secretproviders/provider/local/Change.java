package dev.secretproviders.provider.local;

import dev.secretproviders.audit.Actor;
import org.jspecify.annotations.Nullable;

/**
 * The author and the conditions of a change to a secret.
 *
 * @param actor the caller who changes it
 * @param requestId the id of the request, or null
 * @param expectedRevision the revision that the secret must have; 0 if it must not exist, null for any
 * @param note a remark for the audit log, or null
 */
public record Change(
        Actor actor,
        @Nullable String requestId,
        @Nullable Long expectedRevision,
        @Nullable String note) {
    /** Returns this change with an added remark for the audit log. */
    public Change noting(@Nullable String more) {
        return new Change(actor, requestId, expectedRevision, more);
    }

    /** Returns the text for the audit log: the message together with the note. */
    @Nullable
    String withMessage(@Nullable String message) {
        if (message == null || note == null) {
            return message == null ? note : message;
        }
        return message + ", " + note;
    }
}
