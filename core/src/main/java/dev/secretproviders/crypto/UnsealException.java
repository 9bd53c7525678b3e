package dev.secretproviders.crypto;

/** A sealed record cannot be opened. The message names the record, never its content. */
public final class UnsealException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /** Why. */
    public enum Kind {
        /** The keyring does not have the master key that it was sealed under. */
        UNKNOWN_KEY,
        /** It was changed, moved or cut. */
        DAMAGED
    }

    UnsealException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** Returns why. */
    public Kind kind() {
        return kind;
    }
}
