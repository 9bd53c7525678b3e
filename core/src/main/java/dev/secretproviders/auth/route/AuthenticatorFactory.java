package dev.secretproviders.auth.route;

/** Prepares the route configurations of one kind of authentication. Thread-safe. */
@FunctionalInterface
public interface AuthenticatorFactory {

    /**
     * Reads a route's configuration. Does no I/O.
     *
     * @param json a JSON object; an empty string means all defaults
     * @throws InvalidAuthConfigException if it is not JSON, or a field is unknown, of the wrong type or out of bounds
     */
    Authenticator prepare(String json) throws InvalidAuthConfigException;
}
