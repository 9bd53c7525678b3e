package dev.secretproviders.peers;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A peer's answer to an HTTP request.
 *
 * @param status the HTTP status
 * @param text the unchanged body; may be empty
 */
public record HttpReply(int status, String text) {
    private static final JsonMapper JSON = JsonMapper.shared();

    /** Returns the parsed body; a missing node when it is empty. */
    public JsonNode json() {
        return JSON.readTree(text);
    }

    /** Returns whether the status is 2xx. */
    public boolean succeeded() {
        return status >= 200 && status < 300;
    }
}
