package dev.secretproviders.limits;

import java.net.UnknownHostException;

/**
 * Thrown when no provider may connect to a destination; the message gives the destination, the reason and the remedy.
 */
public final class RefusedDestinationException extends UnknownHostException {
    private static final long serialVersionUID = 1L;

    /** @param message the destination, the reason and the remedy */
    public RefusedDestinationException(String message) {
        super(message);
    }
}
