package dev.secretproviders.transport.route;

import dev.secretproviders.auth.Judgement;
import dev.secretproviders.auth.RequestNeeds;
import dev.secretproviders.auth.RequestView;
import dev.secretproviders.auth.route.Authenticator;
import dev.secretproviders.auth.route.AuthenticatorFactory;
import dev.secretproviders.auth.route.InvalidAuthConfigException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A built-in filter that authenticates requests, of any kind.
 *
 * @param name the name of the filter in a route's configuration, for example {@code secret-key-auth}
 * @param factory prepares the configurations of routes
 */
public record AuthFilter(String name, AuthenticatorFactory factory) implements BuiltInFilter {
    private static final Pattern NAME = Pattern.compile("secret-([a-z]+)-auth");

    @Override
    public String kind() {
        Matcher matcher = NAME.matcher(name);
        return matcher.matches() ? matcher.group(1) : "";
    }

    @Override
    public Prepared prepare(String value, RouteId route) throws InvalidFilterConfException {
        try {
            return new Authenticating(factory.prepare(value));
        } catch (InvalidAuthConfigException e) {
            throw new InvalidFilterConfException(String.valueOf(e.getMessage()));
        }
    }

    private record Authenticating(Authenticator authenticator) implements Prepared {
        @Override
        public Judgement decide(RequestView request) {
            return authenticator.decide(request);
        }

        @Override
        public RequestNeeds needs() {
            return authenticator.needs();
        }
    }
}
