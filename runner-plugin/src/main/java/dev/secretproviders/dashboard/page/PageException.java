package dev.secretproviders.dashboard.page;

/** Ends a request with a page that says what is wrong. The message holds no secret. */
public final class PageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    /** Creates an exception with an HTTP status. */
    public PageException(int status, String message) {
        super(message, null, false, false);
        this.status = status;
    }

    /** Returns the HTTP status. */
    public int status() {
        return status;
    }
}
