package dev.secretproviders.provider;

/** Thrown when a value is not what a transform needs. The message names the transform, and nothing of the value. */
public final class UnfitValueException extends Exception {
    private static final long serialVersionUID = 1;

    /** Creates an exception. The message names the transform, and nothing of the value. */
    public UnfitValueException(String message) {
        super(message);
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
