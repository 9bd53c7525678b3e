package dev.secretproviders.store;

import org.jspecify.annotations.Nullable;

/**
 * An entry is not the one that a runner wrote last: it was changed, put back to an earlier state, deleted or put there by
 * something else. To ask again does not help.
 */
public final class DamagedEntryException extends StoreException {
    private static final long serialVersionUID = 1L;

    private final String key;
    private final long revision;

    /**
     * Creates one.
     *
     * @param revision of the entry as it is; 0 if there is none
     */
    public DamagedEntryException(String key, long revision, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.key = key;
        this.revision = revision;
    }

    /** Returns the entry's key. */
    public String key() {
        return key;
    }

    /** Returns the revision of the entry as it is, so that it can be replaced; 0 if there is none. */
    public long revision() {
        return revision;
    }
}
