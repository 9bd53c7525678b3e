package dev.secretproviders.limits;

import java.net.UnknownHostException;

/** Nobody may connect there; the message says where, why, and what to change. */
public final class RefusedDestinationException extends UnknownHostException {
    private static final long serialVersionUID = 1L;

    /** @param message where, why, and what to change */
    public RefusedDestinationException(String message) {
        super(message);
    }
}
