package dev.secretproviders.app.control;

import org.jspecify.annotations.Nullable;

/**
 * Thrown if the runner cannot start for a reason that the operator can fix. The message names the reason and the fix.
 */
public final class CannotStartException extends Exception {
    /** The exit code of a process that ends with this exception. */
    public static final int EXIT_CODE = 1;

    private static final long serialVersionUID = 1L;

    /** Creates the exception with a message for the operator. */
    public CannotStartException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
