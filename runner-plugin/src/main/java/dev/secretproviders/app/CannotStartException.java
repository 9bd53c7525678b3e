package dev.secretproviders.app;

/** The runner cannot start for a reason that the operator can mend; the message says what and how. */
final class CannotStartException extends Exception {
    private static final long serialVersionUID = 1L;

    CannotStartException(String message, Throwable cause) {
        super(message, cause);
    }
}
