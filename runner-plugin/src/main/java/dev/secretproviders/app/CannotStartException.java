package dev.secretproviders.app;

import org.jspecify.annotations.Nullable;

/** The runner cannot start for a reason that the operator can mend; the message says what and how. */
final class CannotStartException extends Exception {
    private static final long serialVersionUID = 1L;

    CannotStartException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
