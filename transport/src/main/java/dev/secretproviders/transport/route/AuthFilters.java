package dev.secretproviders.transport.route;

import dev.secretproviders.auth.basic.BasicAuthenticator;
import dev.secretproviders.auth.hmac.HmacAuthenticator;
import dev.secretproviders.auth.hmac.SeenSignatures;
import dev.secretproviders.auth.jwt.JwtAuthenticators;
import dev.secretproviders.auth.jwt.VerifiedTokens;
import dev.secretproviders.auth.key.KeyAuthenticator;
import dev.secretproviders.auth.multi.MultiAuthenticators;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.auth.route.AuthenticatorFactory;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The built-in filters that authenticate requests. */
public final class AuthFilters {
    private static final String KEY = "secret-key-auth";
    private static final String BASIC = "secret-basic-auth";
    private static final String JWT = "secret-jwt-auth";
    private static final String HMAC = "secret-hmac-auth";
    private static final String MULTI = "secret-multi-auth";

    /** The names of the filters. */
    public static final Set<String> NAMES = Set.of(KEY, BASIC, JWT, HMAC, MULTI);

    private AuthFilters() {}

    /**
     * Returns all filters.
     *
     * @param verified the tokens whose signatures need not be verified again
     * @param seen the signatures that count once
     */
    public static List<BuiltInFilter> of(AuthContext context, VerifiedTokens verified, SeenSignatures seen) {
        Map<String, AuthenticatorFactory> kinds = new LinkedHashMap<>();
        kinds.put(KEY, json -> KeyAuthenticator.prepare(json, context));
        kinds.put(BASIC, json -> BasicAuthenticator.prepare(json, context));
        kinds.put(JWT, new JwtAuthenticators(context, verified));
        kinds.put(HMAC, json -> HmacAuthenticator.prepare(json, context, seen, InstantSource.system()));
        List<BuiltInFilter> filters = new ArrayList<>();
        kinds.forEach((name, factory) -> filters.add(new AuthFilter(name, factory)));
        filters.add(new AuthFilter(MULTI, new MultiAuthenticators(kinds)));
        return List.copyOf(filters);
    }
}
