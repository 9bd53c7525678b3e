package dev.secretproviders.spi;

import dev.secretproviders.spi.ProviderFactory.CredentialSource;
import dev.secretproviders.spi.ProviderFactory.Credentials;
import org.jspecify.annotations.Nullable;

/** For factories whose objects hold no secrets. */
public record NoCredentials() implements Credentials {
    @Override
    public CredentialSource required(Settings settings, String name) {
        throw new AssertionError(settings.path(name) + " is read as a secret");
    }

    @Override
    public @Nullable CredentialSource optional(Settings settings, String name) {
        throw new AssertionError(settings.path(name) + " is read as a secret");
    }
}
