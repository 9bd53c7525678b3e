package dev.secretproviders.audit;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * An event to record. No part of it holds a secret: the creator of an event masks {@code before} and {@code after}.
 *
 * @param code the kind of event
 * @param success whether the action was done; false if it was refused or failed
 * @param actor the origin
 * @param object the object of the action, such as {@code provider/vault/prod}
 * @param requestId the request that caused it, or null
 * @param before the object before, masked, or null
 * @param after the object after, masked, or null
 * @param message the reason of a failure, or details; null for none
 */
public record AuditEvent(
        EventCode code,
        boolean success,
        Actor actor,
        String object,
        @Nullable String requestId,
        @Nullable JsonNode before,
        @Nullable JsonNode after,
        @Nullable String message) {

    /** Returns an event for an action that was done. */
    public static AuditEvent done(EventCode code, Actor actor, String object) {
        return new AuditEvent(code, true, actor, object, null, null, null, null);
    }

    /** Returns an event for an action that was refused or failed. */
    public static AuditEvent failed(EventCode code, Actor actor, String object, String message) {
        return new AuditEvent(code, false, actor, object, null, null, null, message);
    }

    /** Returns this event with the request that caused it. */
    public AuditEvent in(@Nullable String requestId) {
        return new AuditEvent(code, success, actor, object, requestId, before, after, message);
    }

    /** Returns this event with the object before and after, both masked. */
    public AuditEvent changing(@Nullable JsonNode before, @Nullable JsonNode after) {
        return new AuditEvent(code, success, actor, object, requestId, before, after, message);
    }

    /** Returns this event with a message. */
    public AuditEvent withMessage(@Nullable String message) {
        return new AuditEvent(code, success, actor, object, requestId, before, after, message);
    }
}
