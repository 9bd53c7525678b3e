package dev.secretproviders.consumer;

/** The gateway's configuration cannot be read now. The message is safe to show: no key, password or content. */
public final class ConsumerSourceException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean refused;

    ConsumerSourceException(String message) {
        this(message, false);
    }

    private ConsumerSourceException(String message, boolean refused) {
        super(message);
        this.refused = refused;
    }

    /** Creates the exception for a request that was refused, so that a retry does not help. */
    static ConsumerSourceException refused(String message) {
        return new ConsumerSourceException(message, true);
    }

    boolean isRefused() {
        return refused;
    }
}
