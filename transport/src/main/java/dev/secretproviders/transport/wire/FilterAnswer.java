package dev.secretproviders.transport.wire;

import dev.secretproviders.auth.Decision.Header;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What to send as the one answer to a request that went through filters of others. */
public sealed interface FilterAnswer {

    /** The answer to an HTTPReqCall. */
    sealed interface ToRequest extends FilterAnswer {}

    /** The request ends here; the body is not empty where nginx would put its own page. */
    record Stop(int status, List<Header> headers, Content body) implements ToRequest {}

    /**
     * The request goes on with these changes.
     *
     * @param path the new path, decoded and without query; null leaves it
     */
    record Continue(@Nullable String path, List<Header> headers, List<Header> arguments) implements ToRequest {}

    /**
     * The answer to an HTTPRespCall.
     *
     * @param status 0 leaves the upstream's
     * @param headers if there are any, they replace all of the upstream's
     * @param body empty leaves the upstream's
     */
    record ToResponse(int status, List<Header> headers, Content body) implements FilterAnswer {}

    List<Header> JSON = List.of(new Header("content-type", "application/json"));

    /** A filter failed, never answered, or answered what cannot be sent. */
    Stop FILTER_FAILED = unavailable("a plugin of this route failed");

    /** The route's configuration cannot be used. */
    Stop ROUTE_MISCONFIGURED = unavailable("the plugin configuration of this route is not valid");

    private static Stop unavailable(String message) {
        return new Stop(503, JSON, Content.of("{\"error_msg\":\"" + message + "\"}"));
    }
}
