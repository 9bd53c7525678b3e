package dev.secretproviders.peers;

/** A peer did not start, did not become ready in time, or refused what a test asked of it. */
public final class PeerFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PeerFailedException(String message) {
        super(message);
    }

    PeerFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
