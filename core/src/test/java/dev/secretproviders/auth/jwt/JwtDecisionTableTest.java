package dev.secretproviders.auth.jwt;

import dev.secretproviders.auth.DirectoryFixture;
import dev.secretproviders.auth.NativeDecisions;
import dev.secretproviders.auth.route.Authenticator;
import dev.secretproviders.auth.route.InvalidAuthConfigException;
import dev.secretproviders.auth.route.UnresolvedAnswer;

/** The table of {@code jwt-auth} (apisix/plugins/jwt-auth.lua, functions {@code find_consumer} and {@code rewrite}). */
class JwtDecisionTableTest extends NativeDecisions {
    JwtDecisionTableTest() {
        super("decisions-jwt.json", "Bearer");
    }

    @Override
    protected Authenticator route(DirectoryFixture directory, String json, UnresolvedAnswer unresolved)
            throws InvalidAuthConfigException {
        return new JwtAuthenticators(directory.context(unresolved), new VerifiedTokens()).prepare(json);
    }
}
