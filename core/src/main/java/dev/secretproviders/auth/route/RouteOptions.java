package dev.secretproviders.auth.route;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The options of a route that all kinds of authentication have.
 *
 * @param hideCredentials whether the credential is removed from the request
 * @param realm the realm named in {@code WWW-Authenticate}
 * @param anonymousConsumer the consumer that requests without a valid credential count as, or null if they are refused
 * @param removeLookAlikes whether other spellings of the identity headers are removed even if none arrived; not in
 *     APISIX
 */
public record RouteOptions(
        boolean hideCredentials, String realm, @Nullable String anonymousConsumer, boolean removeLookAlikes) {
    /** The names of these options. */
    static final List<String> FIELDS = List.of("hide_credentials", "realm", "anonymous_consumer", "remove_look_alikes");
}
