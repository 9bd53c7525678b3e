package dev.secretproviders.apisix;

/** APISIX's Admin API cannot be reached or refuses a call. The message is safe to show: no key and no content. */
public final class AdminApiException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean refused;

    private AdminApiException(String message, boolean refused) {
        super(message);
        this.refused = refused;
    }

    /** Returns the exception for an Admin API that does not answer, or not as one. */
    public static AdminApiException unavailable(String message) {
        return new AdminApiException(message, false);
    }

    /** Returns the exception for a call that was refused, so that a retry does not help. */
    public static AdminApiException refused(String message) {
        return new AdminApiException(message, true);
    }

    /** Returns whether the call was refused. */
    public boolean isRefused() {
        return refused;
    }
}
