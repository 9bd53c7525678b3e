package dev.secretproviders.app.takeover;

/** Thrown if the other runner is there and will not, or cannot, take part in a takeover. */
final class RefusedTakeoverException extends TakeoverException {
    private static final long serialVersionUID = 1L;

    RefusedTakeoverException(String message) {
        super(message);
    }
}
