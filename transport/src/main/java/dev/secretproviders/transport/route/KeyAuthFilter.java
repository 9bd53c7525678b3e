package dev.secretproviders.transport.route;

import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.InvalidKeyAuthConfigException;
import dev.secretproviders.auth.KeyAuthConfig;
import dev.secretproviders.auth.KeyAuthenticator;
import dev.secretproviders.auth.KeyAuthenticator.UnresolvedAnswer;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.resolve.Resolver;

/** The filter that routes name {@code secret-key-auth}: key authentication, hosted by the transport. */
public final class KeyAuthFilter implements BuiltInFilter {
    public static final String NAME = "secret-key-auth";

    private final CredentialDirectory directory;
    private final KeyDigester digester;
    private final Resolver resolver;
    private final UnresolvedAnswer unresolvedAnswer;

    public KeyAuthFilter(
            CredentialDirectory directory, KeyDigester digester, Resolver resolver, UnresolvedAnswer unresolvedAnswer) {
        this.directory = directory;
        this.digester = digester;
        this.resolver = resolver;
        this.unresolvedAnswer = unresolvedAnswer;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Prepared prepare(String value, RouteId route) throws InvalidFilterConfException {
        KeyAuthConfig config;
        try {
            config = KeyAuthConfig.parse(value);
        } catch (InvalidKeyAuthConfigException e) {
            throw new InvalidFilterConfException(String.valueOf(e.getMessage()));
        }
        return new KeyAuthenticator(config, directory, digester, resolver.ticker(), unresolvedAnswer)::decide;
    }
}
