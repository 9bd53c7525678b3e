package dev.secretproviders.spi;

import dev.secretproviders.spi.ProviderFactory.CredentialSource;
import dev.secretproviders.spi.ProviderFactory.Credentials;
import org.jspecify.annotations.Nullable;

/** For factories whose objects hold no secrets. */
public record NoCredentials() implements Credentials {
    @Override
    public CredentialSource required(Settings settings, Field field) {
        throw new AssertionError(settings.path(field.name()) + " is read as a secret");
    }

    @Override
    public @Nullable CredentialSource optional(Settings settings, Field field) {
        throw new AssertionError(settings.path(field.name()) + " is read as a secret");
    }
}
