package dev.secretproviders.provider.local;

/** A local secret cannot be read or changed as asked. The message names the field and the remedy; no secret. */
public final class LocalSecretException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Kind {
        /** What was sent is wrong. */
        INVALID,
        /** There is no such provider object. */
        NO_PROVIDER,
        /** There is no such secret, or no such version of it. */
        NOT_FOUND,
        /** The secret is not as the caller expected it to be, or others change it all the time. */
        CHANGED
    }

    private final Kind kind;

    /** Creates an exception. */
    public LocalSecretException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** Returns why. */
    public Kind kind() {
        return kind;
    }
}
