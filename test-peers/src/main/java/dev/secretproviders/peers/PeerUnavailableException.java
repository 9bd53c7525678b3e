package dev.secretproviders.peers;

import org.opentest4j.TestAbortedException;

/**
 * Thrown when a peer that a test needs is not available on this machine; the message says how to install it. It fails
 * the test. Outside CI, {@code -Dpeers.optional=true} aborts the test instead; the report then shows it as skipped,
 * with the same message.
 */
public final class PeerUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PeerUnavailableException(String message) {
        super(message);
    }

    PeerUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Returns what to throw: this exception, or one that aborts the test if peers are optional. */
    RuntimeException orAbort() {
        boolean ci = Boolean.parseBoolean(System.getenv("CI"));
        return orAbort(ci, Boolean.getBoolean("peers.optional"));
    }

    RuntimeException orAbort(boolean ci, boolean optional) {
        if (!optional || ci) {
            return this;
        }
        // Surefire's summary has no line for a class whose @BeforeAll was aborted.
        System.err.println("NOT TESTED: " + getMessage());
        return new TestAbortedException(getMessage(), this);
    }
}
