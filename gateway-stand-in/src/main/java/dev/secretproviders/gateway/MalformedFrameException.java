package dev.secretproviders.gateway;

import java.io.IOException;

/** The runner sent bytes that are no message of the type that their frame names. */
public final class MalformedFrameException extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedFrameException(String message) {
        super(message);
    }

    MalformedFrameException(String message, Throwable cause) {
        super(message, cause);
    }
}
