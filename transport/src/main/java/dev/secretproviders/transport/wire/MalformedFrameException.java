package dev.secretproviders.transport.wire;

/**
 * Thrown if a frame is malformed. Holds no content of the frame, and no stack trace, so that hostile frames cost
 * little.
 */
public final class MalformedFrameException extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message without content of the frame
     */
    public MalformedFrameException(String message) {
        super(message, null, false, false);
    }
}
