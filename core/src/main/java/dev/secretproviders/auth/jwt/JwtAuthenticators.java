package dev.secretproviders.auth.jwt;

import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.auth.route.Authenticator;
import dev.secretproviders.auth.route.AuthenticatorFactory;
import dev.secretproviders.auth.route.InvalidAuthConfigException;
import java.util.function.LongSupplier;

/** Prepares routes that authenticate by JSON web token. All routes share the memory of verified tokens. Thread-safe. */
public final class JwtAuthenticators implements AuthenticatorFactory {
    private final AuthContext context;
    private final JwtLookup lookup;

    /** Creates the factory, with the clock of the system. */
    public JwtAuthenticators(AuthContext context, VerifiedTokens verified) {
        this(context, verified, JwtAuthenticators::now);
    }

    /**
     * Creates the factory.
     *
     * @param clock gives the seconds since 1970
     */
    JwtAuthenticators(AuthContext context, VerifiedTokens verified, LongSupplier clock) {
        this.context = context;
        this.lookup = new JwtLookup(context, verified, clock);
    }

    /** Returns the seconds since 1970, without fractions, as APISIX compares them. */
    static long now() {
        return Math.floorDiv(System.currentTimeMillis(), 1000);
    }

    @Override
    public Authenticator prepare(String json) throws InvalidAuthConfigException {
        return new JwtAuthenticator(JwtAuthConfig.parse(json), context, lookup);
    }
}
