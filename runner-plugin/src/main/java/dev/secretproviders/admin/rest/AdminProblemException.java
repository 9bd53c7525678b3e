package dev.secretproviders.admin.rest;

import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Ends a call with an error that the caller can do something about. The message holds no secret. */
public final class AdminProblemException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    @SuppressWarnings("serial") // Never serialized: it ends where the answer is written.
    private final Map<String, JsonNode> details;

    public AdminProblemException(int status, String message) {
        this(status, message, Map.of());
    }

    public AdminProblemException(int status, String message, Map<String, JsonNode> details) {
        super(message, null, false, false);
        this.status = status;
        this.details = Map.copyOf(details);
    }

    public static AdminProblemException badRequest(String message) {
        return new AdminProblemException(400, message);
    }

    public static AdminProblemException notFound(String message) {
        return new AdminProblemException(404, message);
    }

    public static AdminProblemException forbidden(String message) {
        return new AdminProblemException(403, message);
    }

    public int status() {
        return status;
    }

    /** Returns further fields of the answer. */
    public Map<String, JsonNode> details() {
        return details;
    }
}
