package dev.secretproviders.spi;

/**
 * Thrown for a malformed secret reference. The message says what was expected, and where. It does not repeat the string, which may
 * hold a key that was pasted into the wrong place.
 */
public final class InvalidReferenceException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final int position;
    private final String problem;

    /**
     * Creates an exception.
     *
     * @param position index into the string of the first character that is wrong, or its length if something is missing
     * @param problem what was expected there
     */
    public InvalidReferenceException(int position, String problem) {
        super("invalid secret reference at character " + (position + 1) + ": " + problem);
        this.position = position;
        this.problem = problem;
    }

    /** Returns the same problem in a longer string, in which the malformed one begins at {@code start}. */
    public InvalidReferenceException within(int start) {
        return new InvalidReferenceException(start + position, problem);
    }

    /** Returns the zero-based index of the first character that is wrong. */
    public int position() {
        return position;
    }
}
