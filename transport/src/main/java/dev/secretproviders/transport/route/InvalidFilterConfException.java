package dev.secretproviders.transport.route;

/** A route's configuration of a filter is wrong. The message names the field and the remedy, and holds no secret. */
public final class InvalidFilterConfException extends Exception {
    private static final long serialVersionUID = 1L;

    public InvalidFilterConfException(String message) {
        super(message);
    }
}
