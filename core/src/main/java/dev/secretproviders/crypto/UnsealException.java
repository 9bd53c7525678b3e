package dev.secretproviders.crypto;

/**
 * A sealed record cannot be opened, because the keyring lacks its master key or because the record was changed. The
 * message names the record and the reason, never the content.
 */
public final class UnsealException extends Exception {
    private static final long serialVersionUID = 1L;

    UnsealException(String message) {
        super(message);
    }
}
