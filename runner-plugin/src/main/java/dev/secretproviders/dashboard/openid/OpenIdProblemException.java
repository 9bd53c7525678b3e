package dev.secretproviders.dashboard.openid;

/** A log-in by OpenID Connect that did not succeed. The message says why and what to do; it holds no secret. */
public final class OpenIdProblemException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What kind of problem it is. */
    public enum Kind {
        /** The provider or the runner cannot do it now. */
        UNAVAILABLE(503),
        /** The answer does not belong to a log-in that this browser began here, or is too late. */
        NOT_BEGUN(400),
        /** The provider refused, or its answer is not valid. */
        REFUSED(401),
        /** The user has no group with a role. */
        NO_ROLE(403);

        private final int status;

        Kind(int status) {
            this.status = status;
        }

        /** Returns the status of HTTP for it. */
        public int status() {
            return status;
        }
    }

    private final Kind kind;
    private final String user;

    OpenIdProblemException(Kind kind, String message) {
        this(kind, message, "");
    }

    /**
     * Creates the exception.
     *
     * @param user the user for the audit log, empty if not known
     */
    OpenIdProblemException(Kind kind, String message, String user) {
        super(message);
        this.kind = kind;
        this.user = user;
    }

    /** Returns the kind of the problem. */
    public Kind kind() {
        return kind;
    }

    /** Returns the user that the provider named, for the audit log; empty if it named none. */
    public String user() {
        return user;
    }
}
