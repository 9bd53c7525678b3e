package dev.secretproviders.transport.route;

import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.RequestView;

/** A filter built in: decides from memory on the event loop. Thread-safe. */
public interface BuiltInFilter {

    /** Returns the name by which a route's {@code conf[].name} asks for this filter. */
    String name();

    /**
     * Reads a route's configuration. Called on the event loop while APISIX holds its lock for all routes: from memory only.
     *
     * @param value the JSON text of {@code conf[].value}
     * @param route whose configuration this is
     * @throws InvalidFilterConfException if anything is wrong; the route then answers 503 to every request
     */
    Prepared prepare(String value, RouteId route) throws InvalidFilterConfException;

    /** A filter with the configuration of one route. Thread-safe. */
    interface Prepared {

        /**
         * Decides about one request; never blocks. Called from any event loop thread, or from a virtual thread when filters
         * of others came before.
         *
         * @param request valid during the call only
         */
        Decision decide(RequestView request);
    }
}
