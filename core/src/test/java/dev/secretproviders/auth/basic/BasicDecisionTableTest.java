package dev.secretproviders.auth.basic;

import dev.secretproviders.auth.DirectoryFixture;
import dev.secretproviders.auth.NativeDecisions;
import dev.secretproviders.auth.route.Authenticator;
import dev.secretproviders.auth.route.InvalidAuthConfigException;
import dev.secretproviders.auth.route.UnresolvedAnswer;

/** The table of {@code basic-auth} (apisix/plugins/basic-auth.lua, functions {@code find_consumer} and {@code rewrite}). */
class BasicDecisionTableTest extends NativeDecisions {
    BasicDecisionTableTest() {
        super("decisions-basic.json", "Basic");
    }

    @Override
    protected Authenticator route(DirectoryFixture directory, String json, UnresolvedAnswer unresolved)
            throws InvalidAuthConfigException {
        return BasicAuthenticator.prepare(json, directory.context(unresolved));
    }
}
