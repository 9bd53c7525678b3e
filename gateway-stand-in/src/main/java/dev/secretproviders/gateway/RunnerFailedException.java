package dev.secretproviders.gateway;

/** The runner could not be asked, or did not answer as it should. */
final class RunnerFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String reason;
    private final boolean tokenUnknown;

    RunnerFailedException(String reason) {
        this(reason, false);
    }

    RunnerFailedException(String reason, boolean tokenUnknown) {
        super(reason);
        this.reason = reason;
        this.tokenUnknown = tokenUnknown;
    }

    String reason() {
        return reason;
    }

    /** Whether APISIX prepares again and asks again. */
    boolean tokenUnknown() {
        return tokenUnknown;
    }
}
