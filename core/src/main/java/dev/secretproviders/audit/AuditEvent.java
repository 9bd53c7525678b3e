package dev.secretproviders.audit;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What is to be recorded. No part of it holds a secret: whoever makes an event masks before and after.
 *
 * @param code what it is about
 * @param success whether it was done; false for refused or failed
 * @param actor who
 * @param object what it was done to, such as {@code provider/vault/prod}
 * @param requestId the request that caused it, or null
 * @param before the object before, masked, or null
 * @param after the object after, masked, or null
 * @param message why it failed, or more about it; null for nothing to say
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

    /** Returns an event about something that was done. */
    public static AuditEvent done(EventCode code, Actor actor, String object) {
        return new AuditEvent(code, true, actor, object, null, null, null, null);
    }

    /** Returns an event about something that was refused or failed. */
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

    /** Returns this event with more about it. */
    public AuditEvent saying(@Nullable String message) {
        return new AuditEvent(code, success, actor, object, requestId, before, after, message);
    }
}
