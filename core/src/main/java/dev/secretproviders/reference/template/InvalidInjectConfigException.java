package dev.secretproviders.reference.template;

/** A configuration of {@code secret-inject} is invalid. The message names the field, the position and the remedy. */
public final class InvalidInjectConfigException extends Exception {
    private static final long serialVersionUID = 1L;

    InvalidInjectConfigException(String message) {
        super(message);
    }
}
