package dev.secretproviders.auth;

import dev.secretproviders.auth.route.Authenticator;
import dev.secretproviders.auth.route.UnresolvedAnswer;

/** The table of {@code key-auth} (apisix/plugins/key-auth.lua, functions {@code find_consumer} and {@code rewrite}). */
class NativeDecisionTableTest extends NativeDecisions {
    NativeDecisionTableTest() {
        super("decisions.json", "apikey");
    }

    @Override
    protected Authenticator route(DirectoryFixture directory, String json, UnresolvedAnswer unresolved) {
        return directory.route(json, unresolved);
    }
}
