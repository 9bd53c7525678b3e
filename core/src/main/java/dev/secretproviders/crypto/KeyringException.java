package dev.secretproviders.crypto;

/** The master keyring cannot be used. The message names the remedy and holds no key. */
public final class KeyringException extends Exception {
    private static final long serialVersionUID = 1L;

    KeyringException(String message) {
        super(message);
    }
}
