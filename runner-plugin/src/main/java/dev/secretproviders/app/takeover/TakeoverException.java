package dev.secretproviders.app.takeover;

import java.io.IOException;

/** Thrown if a takeover is refused or fails. The message gives the reason. The running runner goes on then. */
public sealed class TakeoverException extends IOException permits RefusedTakeoverException {
    private static final long serialVersionUID = 1L;

    /** Creates the exception. */
    public TakeoverException(String message) {
        super(message);
    }

    /** Creates the exception with the failure that it explains. */
    TakeoverException(String message, IOException cause) {
        super(message, cause);
    }
}
