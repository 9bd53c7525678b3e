package dev.secretproviders.admin.rest;

import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Ends a call with an error that the caller can fix. The message holds no secret. */
public final class AdminProblemException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    @SuppressWarnings("serial") // Never serialized: it is caught where the answer is written.
    private final Map<String, JsonNode> details;

    /** Creates an exception with an HTTP status and the {@code error_msg}. */
    public AdminProblemException(int status, String message) {
        this(status, message, Map.of());
    }

    /** Creates an exception with additional fields of the answer. */
    public AdminProblemException(int status, String message, Map<String, JsonNode> details) {
        super(message, null, false, false);
        this.status = status;
        this.details = Map.copyOf(details);
    }

    /** Returns a 400. */
    public static AdminProblemException badRequest(String message) {
        return new AdminProblemException(400, message);
    }

    /** Returns a 404. */
    public static AdminProblemException notFound(String message) {
        return new AdminProblemException(404, message);
    }

    /** Returns a 403. */
    public static AdminProblemException forbidden(String message) {
        return new AdminProblemException(403, message);
    }

    /** Returns the HTTP status. */
    public int status() {
        return status;
    }

    /** Returns additional fields of the answer. */
    public Map<String, JsonNode> details() {
        return details;
    }
}
