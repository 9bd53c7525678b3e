package dev.secretproviders.app.control;

import org.jspecify.annotations.Nullable;

/** The runner cannot start for a reason that the operator can mend; the message says what and how. */
public final class CannotStartException extends Exception {
    /** The exit code of a process that ends for it. */
    public static final int EXIT_CODE = 1;

    private static final long serialVersionUID = 1L;

    public CannotStartException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
