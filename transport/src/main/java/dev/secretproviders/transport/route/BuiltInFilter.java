package dev.secretproviders.transport.route;

import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.RequestView;

/** A built-in filter, which decides from memory on the event loop. Thread-safe. */
public interface BuiltInFilter {

    /** Returns the name by which a route's {@code conf[].name} asks for this filter. */
    String name();

    /**
     * Reads a route's configuration. Called on the event loop while APISIX holds its lock for all routes, so it may not
     * do I/O.
     *
     * @param value the JSON text of {@code conf[].value}
     * @param route the route that the configuration belongs to
     * @throws InvalidFilterConfException if the configuration is wrong; the route then answers 503 to every request
     */
    Prepared prepare(String value, RouteId route) throws InvalidFilterConfException;

    /** A filter with the configuration of one route. Thread-safe. */
    interface Prepared {

        /**
         * Decides about one request without blocking. Called from any event loop thread, or from a virtual thread if
         * hosted filters ran before.
         *
         * @param request valid during the call only
         */
        Decision decide(RequestView request);
    }
}
