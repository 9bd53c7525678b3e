package dev.secretproviders.app;

import org.jspecify.annotations.Nullable;

/** The runner cannot start for a reason that the operator can mend; the message says what and how. */
final class CannotStartException extends Exception {
    /** The exit code of a process that ends for it. */
    static final int EXIT_CODE = 1;

    private static final long serialVersionUID = 1L;

    CannotStartException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
