package dev.secretproviders.peers;

/** Thrown when a peer does not start, is not ready in time, or refuses a test's request. */
public final class PeerFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PeerFailedException(String message) {
        super(message);
    }

    PeerFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
