package dev.secretproviders.app.cli.call;

import dev.secretproviders.app.control.CannotStartException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The Admin API of one runner. Thread-safe. Calls block for I/O. */
public interface AdminConnection extends AutoCloseable {

    /**
     * Makes a call.
     *
     * @param path the path and the query, encoded
     * @param body null for none
     * @param condition which revision the object must have, or null for any
     * @return the answer, also if the call was refused
     * @throws CannotStartException if there is no answer, or not that of a runner
     */
    Reply call(String method, String path, @Nullable JsonNode body, @Nullable Condition condition)
            throws CannotStartException;

    /** Returns where the Admin API is, for messages. */
    String place();

    @Override
    void close();

    /**
     * An answer.
     *
     * @param body the JSON; missing if the answer has no body
     * @param etag the revision of the object that it shows, or null
     */
    record Reply(int status, JsonNode body, @Nullable String etag) {

        /** Reads an answer, or throws an exception if it is not that of a runner. */
        static Reply read(int status, byte[] body, @Nullable String etag, String place) throws CannotStartException {
            try {
                JsonNode tree = JsonMapper.shared().readTree(body);
                if (status / 100 == 2 || tree.path("error_msg").isString()) {
                    return new Reply(status, tree, etag);
                }
            } catch (JacksonException e) {
                // Reported below: the message would quote the answer.
            }
            throw new CannotStartException(
                    "the answer of " + place + " is not that of a runner's Admin API (status " + status
                            + "); is it the right address?",
                    null);
        }

        /** Returns whether the call was done. */
        public boolean done() {
            return status / 100 == 2;
        }

        /** Returns why the call was refused. */
        public String problem() {
            return body.path("error_msg").asString("") + " (" + status + ")";
        }

        /** Returns this answer if the call was done, or throws an exception with the reason. */
        public Reply orFail() throws CannotStartException {
            if (done()) {
                return this;
            }
            throw new CannotStartException("the runner refused: " + problem(), null);
        }
    }
}
