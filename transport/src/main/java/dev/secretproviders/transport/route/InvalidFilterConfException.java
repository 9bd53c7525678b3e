package dev.secretproviders.transport.route;

/**
 * Thrown if a route's configuration of a filter is wrong. The message names the field and the remedy, and no secret.
 */
public final class InvalidFilterConfException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Creates the exception. The message is logged and must not hold a secret. */
    public InvalidFilterConfException(String message) {
        super(message);
    }
}
