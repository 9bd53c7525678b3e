package dev.secretproviders.spi;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A secret manager could not be asked. It says nothing about the secret: what was known stays in force within {@code
 * stale_ttl}. The message is safe to log and to show: it never holds a secret, a token or a body of an answer.
 */
public final class ProviderException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Why; a closed set, so that metrics and status can name it. */
    public enum Kind {
        /** No connection, or the manager answered that it cannot serve (5xx, sealed, standby). */
        UNAVAILABLE,
        /** No answer in time. */
        TIMEOUT,
        /** The provider's own credential is missing, wrong or expired. */
        AUTHENTICATION,
        /** The credential is good, but may not read this secret. */
        PERMISSION,
        /** Asked too often (429, throttling). */
        THROTTLED,
        /** The answer cannot be understood. */
        INVALID_ANSWER,
        /** The provider's own configuration makes asking impossible. */
        CONFIGURATION
    }

    private final Kind kind;
    private final @Nullable Duration retryAfter;

    /** Creates an exception. */
    public ProviderException(Kind kind, String message) {
        this(kind, message, (Duration) null);
    }

    /**
     * Creates an exception for a manager that said when to come back.
     *
     * @param retryAfter for how long it asked to be left alone, or null if it did not say
     */
    public ProviderException(Kind kind, String message, @Nullable Duration retryAfter) {
        super(message);
        this.kind = kind;
        this.retryAfter = retryAfter;
    }

    /**
     * Creates an exception with a cause.
     *
     * @param cause kept for its type and stack; its message must be free of secrets too
     */
    public ProviderException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.retryAfter = null;
    }

    /** Returns why. */
    public Kind kind() {
        return kind;
    }

    /** Returns for how long the manager asked to be left alone, or null if it did not say. */
    public @Nullable Duration retryAfter() {
        return retryAfter;
    }
}
