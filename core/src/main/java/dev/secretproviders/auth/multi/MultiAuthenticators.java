package dev.secretproviders.auth.multi;

import dev.secretproviders.auth.route.Authenticator;
import dev.secretproviders.auth.route.AuthenticatorFactory;
import dev.secretproviders.auth.route.ConfigFields;
import dev.secretproviders.auth.route.InvalidAuthConfigException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/** Prepares routes with several kinds of authentication. Thread-safe. */
public final class MultiAuthenticators implements AuthenticatorFactory {
    private static final String PLUGINS = "auth_plugins";
    private static final String EXAMPLE = "{\"auth_plugins\":[{\"secret-basic-auth\":{}},{\"secret-key-auth\":{}}]}";
    private static final int FEWEST = 2;

    private final Map<String, AuthenticatorFactory> kinds;

    /**
     * Creates the factory.
     *
     * @param kinds the kinds by the names of their filters
     */
    public MultiAuthenticators(Map<String, AuthenticatorFactory> kinds) {
        this.kinds = Map.copyOf(kinds);
    }

    @Override
    public Authenticator prepare(String json) throws InvalidAuthConfigException {
        JsonNode plugins =
                ConfigFields.parseOnly(json, EXAMPLE, List.of(PLUGINS)).json(PLUGINS);
        if (plugins == null || !plugins.isArray() || plugins.size() < FEWEST) {
            throw new InvalidAuthConfigException(
                    PLUGINS + " must be a list of " + FEWEST + " filters or more, for example " + EXAMPLE);
        }
        List<Authenticator> authenticators = new ArrayList<>();
        for (int i = 0; i < plugins.size(); i++) {
            String place = PLUGINS + "[" + i + "]";
            JsonNode plugin = plugins.get(i);
            if (!plugin.isObject() || plugin.isEmpty()) {
                throw new InvalidAuthConfigException(
                        place + " must be an object with a filter's name, for example {\"secret-key-auth\":{}}");
            }
            for (Map.Entry<String, JsonNode> one : plugin.properties()) {
                authenticators.add(prepare(place, one.getKey(), one.getValue()));
            }
        }
        return new MultiAuthenticator(authenticators);
    }

    private Authenticator prepare(String place, String name, JsonNode value) throws InvalidAuthConfigException {
        AuthenticatorFactory factory = kinds.get(name);
        if (factory == null) {
            String hint = kinds.containsKey("secret-" + name)
                    ? "write 'secret-" + name + "'"
                    : "known are " + String.join(", ", new TreeSet<>(kinds.keySet()));
            throw new InvalidAuthConfigException(place + ": there is no filter '" + name + "' here; " + hint);
        }
        try {
            return factory.prepare(value.toString());
        } catch (InvalidAuthConfigException e) {
            throw new InvalidAuthConfigException(place + "." + name + ": " + e.getMessage());
        }
    }
}
