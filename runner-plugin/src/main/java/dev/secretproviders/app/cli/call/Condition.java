package dev.secretproviders.app.cli.call;

/**
 * Which revision an object must have, so that a call does not undo another caller's change.
 *
 * @param header the conditional header of HTTP
 * @param value its value
 */
public record Condition(String header, String value) {

    /** Returns the condition that there is no such object. */
    public static Condition absent() {
        return new Condition("If-None-Match", "*");
    }

    /** Returns the condition that the object is still the one of an earlier answer. */
    public static Condition unchanged(String etag) {
        return new Condition("If-Match", etag);
    }
}
