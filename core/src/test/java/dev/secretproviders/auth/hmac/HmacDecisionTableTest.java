package dev.secretproviders.auth.hmac;

import dev.secretproviders.auth.DirectoryFixture;
import dev.secretproviders.auth.NativeDecisions;
import dev.secretproviders.auth.route.Authenticator;
import dev.secretproviders.auth.route.InvalidAuthConfigException;
import dev.secretproviders.auth.route.UnresolvedAnswer;
import java.time.Instant;
import java.time.InstantSource;

/**
 * The table of {@code hmac-auth} (apisix/plugins/hmac-auth.lua, functions {@code retrieve_hmac_fields}, {@code validate}
 * and {@code rewrite}).
 */
class HmacDecisionTableTest extends NativeDecisions {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochSecond(1000));

    HmacDecisionTableTest() {
        super("decisions-hmac.json", "hmac");
    }

    @Override
    protected Authenticator route(DirectoryFixture directory, String json, UnresolvedAnswer unresolved)
            throws InvalidAuthConfigException {
        SeenSignatures seen = new SeenSignatures(directory.secrets.ticker());
        return HmacAuthenticator.prepare(json, directory.context(unresolved), seen, CLOCK);
    }
}
