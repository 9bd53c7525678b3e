package dev.secretproviders.consumer;

/** The gateway's configuration cannot be read now. The message is safe to show: no key, password or content. */
public final class ConsumerSourceException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    private enum Reason {
        AWAY,
        REFUSED,
        OTHER
    }

    ConsumerSourceException(String message) {
        this(message, Reason.OTHER);
    }

    private ConsumerSourceException(String message, Reason reason) {
        super(message);
        this.reason = reason;
    }

    /** Creates the exception for a peer that could not be reached, so that a new connection may help. */
    static ConsumerSourceException away(String message) {
        return new ConsumerSourceException(message, Reason.AWAY);
    }

    /** Creates the exception for a request that was refused, so that a retry does not help. */
    static ConsumerSourceException refused(String message) {
        return new ConsumerSourceException(message, Reason.REFUSED);
    }

    boolean isRefused() {
        return reason == Reason.REFUSED;
    }

    boolean isAway() {
        return reason == Reason.AWAY;
    }
}
