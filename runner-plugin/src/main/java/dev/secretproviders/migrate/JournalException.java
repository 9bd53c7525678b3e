package dev.secretproviders.migrate;

/** The journal of a migration cannot be used. The message names the file, the reason and the remedy. */
public final class JournalException extends Exception {
    private static final long serialVersionUID = 1L;

    JournalException(String message) {
        super(message);
    }
}
