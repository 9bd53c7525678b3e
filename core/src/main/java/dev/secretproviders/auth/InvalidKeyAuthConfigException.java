package dev.secretproviders.auth;

/** A route's key-auth configuration is invalid. The message names the field and the remedy. */
public final class InvalidKeyAuthConfigException extends Exception {
    private static final long serialVersionUID = 1L;

    InvalidKeyAuthConfigException(String message) {
        super(message);
    }
}
