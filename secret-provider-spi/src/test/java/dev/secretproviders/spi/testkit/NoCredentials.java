package dev.secretproviders.spi.testkit;

import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.ProviderFactory.CredentialSource;
import dev.secretproviders.spi.ProviderFactory.Credentials;
import dev.secretproviders.spi.Settings;
import org.jspecify.annotations.Nullable;

/** Credentials for factories whose objects hold no secrets: reading one fails the test. */
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
