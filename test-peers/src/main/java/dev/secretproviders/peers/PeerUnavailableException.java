package dev.secretproviders.peers;

import org.opentest4j.TestAbortedException;

/**
 * A peer that a test needs cannot be had on this machine; the message says how to get it. It fails the test: a peer is
 * never left out silently. Only {@code -Dpeers.optional=true}, outside CI, turns it into an aborted test, which the report
 * shows as skipped with the same message.
 */
public final class PeerUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PeerUnavailableException(String message) {
        super(message);
    }

    PeerUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Returns what to throw: this exception, or the abort of the test where peers were declared optional. */
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
