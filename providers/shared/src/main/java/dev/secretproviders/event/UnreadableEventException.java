package dev.secretproviders.event;

/** A text claims to be an event of a secret manager and is not understood. The message says why and quotes no value. */
public final class UnreadableEventException extends Exception {
    private static final long serialVersionUID = 1L;

    UnreadableEventException(String message) {
        super(message);
    }
}
