package dev.secretproviders.provider.local;

/**
 * Thrown when a local secret cannot be read or changed as requested. The message names the field and the remedy, and no
 * secret.
 */
public final class LocalSecretException extends Exception {
    private static final long serialVersionUID = 1L;

    /** The reason. */
    public enum Kind {
        /** The request is not valid. */
        INVALID,
        /** The provider object does not exist. */
        NO_PROVIDER,
        /** The secret, or this version of it, does not exist. */
        NOT_FOUND,
        /** The secret differs from what the caller expected, or concurrent changes never stopped. */
        CHANGED
    }

    private final Kind kind;

    /** Creates an exception. */
    public LocalSecretException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** Returns the reason. */
    public Kind kind() {
        return kind;
    }
}
