package dev.secretproviders.store;

import org.jspecify.annotations.Nullable;

/**
 * The store cannot be read or written now, or an entry of it is damaged. The message tells an operator what to do and
 * contains no secret.
 */
public class StoreException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Creates an exception. */
    public StoreException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
