package dev.secretproviders.auth.route;

import dev.secretproviders.auth.Judgement;
import dev.secretproviders.auth.RequestNeeds;
import dev.secretproviders.auth.RequestView;

/** Authenticates the requests of one route configuration. Thread-safe and lock-free; does no I/O. */
@FunctionalInterface
public interface Authenticator {

    /**
     * Judges one request.
     *
     * @param request valid during the call only
     */
    Judgement decide(RequestView request);

    /** Returns all that {@link #decide} may ask for. */
    default RequestNeeds needs() {
        return RequestNeeds.NONE;
    }
}
