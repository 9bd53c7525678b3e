package dev.secretproviders.gateway;

/** Thrown when the runner cannot be asked or does not answer correctly. */
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

    /** Returns whether APISIX prepares again and asks again. */
    boolean tokenUnknown() {
        return tokenUnknown;
    }
}
