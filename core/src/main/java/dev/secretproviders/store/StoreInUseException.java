package dev.secretproviders.store;

/** Another process uses the store's file, which only one process can. The message names that process. */
public final class StoreInUseException extends StoreException {
    private static final long serialVersionUID = 1L;

    /** Creates an exception. */
    public StoreInUseException(String message) {
        super(message, null);
    }
}
