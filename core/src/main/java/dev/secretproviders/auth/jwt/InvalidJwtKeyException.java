package dev.secretproviders.auth.jwt;

/**
 * A credential's secret or public key cannot verify tokens. The message names the field and the remedy, and never holds
 * the value.
 */
public final class InvalidJwtKeyException extends Exception {
    private static final long serialVersionUID = 1L;

    InvalidJwtKeyException(String message) {
        super(message);
    }
}
