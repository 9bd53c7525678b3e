package dev.secretproviders.auth.route;

/** A route's configuration of an authentication filter is invalid. The message names the field and the remedy. */
public final class InvalidAuthConfigException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Creates the exception. The message is shown to operators. */
    public InvalidAuthConfigException(String message) {
        super(message);
    }
}
