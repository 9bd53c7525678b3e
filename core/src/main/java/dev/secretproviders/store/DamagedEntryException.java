package dev.secretproviders.store;

import org.jspecify.annotations.Nullable;

/**
 * An entry is not the one that a runner wrote last: it was changed, put back to an earlier state, deleted or put there by
 * something else. To ask again does not help.
 */
public final class DamagedEntryException extends StoreException {
    private static final long serialVersionUID = 1L;

    private final String key;

    DamagedEntryException(String key, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.key = key;
    }

    /** Returns the entry's key. */
    public String key() {
        return key;
    }
}
