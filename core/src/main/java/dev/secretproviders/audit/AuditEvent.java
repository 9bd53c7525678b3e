package dev.secretproviders.audit;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * An event to record. No part of it holds a secret: the creator of an event masks the objects in its details.
 *
 * @param code the kind of event
 * @param success whether the action was done; false if it was refused or failed
 * @param actor the origin
 * @param object the object of the action, such as {@code provider/vault/prod}
 */
public record AuditEvent(EventCode code, boolean success, Actor actor, String object, Details details) {
    /**
     * What may be known of an event in addition.
     *
     * @param requestId the request that caused it, or null
     * @param before the object before, masked, or null
     * @param after the object after, masked, or null
     * @param message the reason of a failure, or details; null for none
     */
    public record Details(
            @Nullable String requestId,
            @Nullable JsonNode before,
            @Nullable JsonNode after,
            @Nullable String message) {}

    /** Returns an event for an action that was done. */
    public static AuditEvent done(EventCode code, Actor actor, String object) {
        return new AuditEvent(code, true, actor, object, new Details(null, null, null, null));
    }

    /** Returns an event for an action that was refused or failed. */
    public static AuditEvent failed(EventCode code, Actor actor, String object, String message) {
        return new AuditEvent(code, false, actor, object, new Details(null, null, null, message));
    }

    /** Returns this event with the request that caused it. */
    public AuditEvent in(@Nullable String requestId) {
        return with(new Details(requestId, before(), after(), message()));
    }

    /** Returns this event with the object before and after, both masked. */
    public AuditEvent changing(@Nullable JsonNode before, @Nullable JsonNode after) {
        return with(new Details(requestId(), before, after, message()));
    }

    /** Returns this event with a message. */
    public AuditEvent withMessage(@Nullable String message) {
        return with(new Details(requestId(), before(), after(), message));
    }

    private AuditEvent with(Details changed) {
        return new AuditEvent(code, success, actor, object, changed);
    }

    /** Returns the request that caused it, or null. */
    public @Nullable String requestId() {
        return details.requestId();
    }

    /** Returns the object before, masked, or null. */
    public @Nullable JsonNode before() {
        return details.before();
    }

    /** Returns the object after, masked, or null. */
    public @Nullable JsonNode after() {
        return details.after();
    }

    /** Returns the reason of a failure, or details; null for none. */
    public @Nullable String message() {
        return details.message();
    }
}
