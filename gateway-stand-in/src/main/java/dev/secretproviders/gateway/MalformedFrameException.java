package dev.secretproviders.gateway;

import java.io.IOException;

/** Thrown when the body of a frame from the runner is malformed or has an unexpected type. */
public final class MalformedFrameException extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedFrameException(String message) {
        super(message);
    }

    MalformedFrameException(String message, Throwable cause) {
        super(message, cause);
    }
}
