package dev.secretproviders.transport.wire;

import dev.secretproviders.auth.Decision.Header;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The answer to a request that hosted filters handled. */
public sealed interface FilterAnswer {

    /** The answer to an HTTPReqCall. */
    sealed interface ToRequest extends FilterAnswer {}

    /** Ends the request. The body is not empty where nginx would send its own error page. */
    record Stop(int status, List<Header> headers, Content body) implements ToRequest {}

    /**
     * Lets the request continue with these changes.
     *
     * @param path the new path, decoded and without query; null keeps the path
     */
    record Continue(@Nullable String path, List<Header> headers, List<Header> arguments) implements ToRequest {}

    /**
     * The answer to an HTTPRespCall.
     *
     * @param status 0 keeps the upstream's status
     * @param headers replace all of the upstream's headers; an empty list keeps them
     * @param body an empty body keeps the upstream's body
     */
    record ToResponse(int status, List<Header> headers, Content body) implements FilterAnswer {}

    /** The headers of a JSON body. */
    List<Header> JSON = List.of(new Header("content-type", "application/json"));

    /** The answer if a filter failed, gave no answer, or gave one that cannot be sent. */
    Stop FILTER_FAILED = unavailable("a plugin of this route failed");

    /** The answer if the route's configuration cannot be used. */
    Stop ROUTE_MISCONFIGURED = unavailable("the plugin configuration of this route is not valid");

    private static Stop unavailable(String message) {
        return new Stop(503, JSON, Content.of("{\"error_msg\":\"" + message + "\"}"));
    }
}
