package dev.secretproviders.spi;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A secret manager could not be asked. This says nothing about the secret, so the known value stays in force within
 * {@code stale_ttl}. The message is logged and shown. It never contains a secret, a token or a response body.
 */
public final class ProviderException extends Exception {
    private static final long serialVersionUID = 1L;

    /** The kind of failure, as metrics and status name it. */
    public enum Kind {
        /** No connection, or the manager answered that it cannot serve (5xx, sealed, standby). */
        UNAVAILABLE,
        /** No answer in time. */
        TIMEOUT,
        /** The provider's own credential is missing, wrong or expired. */
        AUTHENTICATION,
        /** The credential is valid, but may not read this secret. */
        PERMISSION,
        /** Asked too often (429, throttling). */
        THROTTLED,
        /** The answer cannot be understood. */
        INVALID_ANSWER,
        /** The provider's own configuration is wrong, so that no request can be made. */
        CONFIGURATION
    }

    private final Kind kind;
    private final @Nullable Duration retryAfter;

    /** Creates an exception. */
    public ProviderException(Kind kind, String message) {
        this(kind, message, (Duration) null);
    }

    /**
     * Creates an exception for a manager that said when to retry.
     *
     * @param retryAfter the time to wait before the next request, or null if the manager did not say
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

    /** Returns the kind of failure. */
    public Kind kind() {
        return kind;
    }

    /** Returns the time to wait before the next request, or null if the manager did not say. */
    public @Nullable Duration retryAfter() {
        return retryAfter;
    }
}
