package dev.secretproviders.crypto;

/** A sealed record cannot be opened. The message names the record, never its content. */
public final class UnsealException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /** The reason of the failure. */
    public enum Kind {
        /** The keyring does not have the master key that the record was sealed under. */
        UNKNOWN_KEY,
        /** The record was changed, moved or truncated. */
        DAMAGED
    }

    UnsealException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** Returns the reason. */
    public Kind kind() {
        return kind;
    }
}
