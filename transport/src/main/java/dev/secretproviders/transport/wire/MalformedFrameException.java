package dev.secretproviders.transport.wire;

/** A frame is not what the protocol says. Carries no content of the frame and no stack trace: hostile bytes stay cheap. */
public final class MalformedFrameException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedFrameException(String message) {
        super(message, null, false, false);
    }
}
