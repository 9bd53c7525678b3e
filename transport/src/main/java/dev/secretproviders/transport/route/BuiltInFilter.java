package dev.secretproviders.transport.route;

import dev.secretproviders.auth.Judgement;
import dev.secretproviders.auth.RequestNeeds;
import dev.secretproviders.auth.RequestView;

/** A built-in filter, which judges from memory. Thread-safe. */
public interface BuiltInFilter {

    /** Returns the name by which a route's {@code conf[].name} asks for this filter. */
    String name();

    /**
     * Returns the kind of credential that it asks for, for metrics: {@code key}, {@code basic}, {@code jwt}, {@code
     * hmac}, or {@code multi} for several. Empty if it asks for none.
     */
    default String kind() {
        return "";
    }

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
         * Judges one request without blocking. Called from any event loop thread, or from a virtual thread if hosted
         * filters ran before.
         *
         * @param request valid during the call only
         */
        Judgement decide(RequestView request);

        /**
         * Returns all that {@link #decide} may ask for. It is fetched beforehand if users' filters run before this one,
         * and on demand otherwise.
         */
        default RequestNeeds needs() {
            return RequestNeeds.NONE;
        }
    }
}
