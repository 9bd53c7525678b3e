package dev.secretproviders.spi.testkit;

import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldValues;
import dev.secretproviders.spi.ProviderFactory.CredentialSource;
import dev.secretproviders.spi.ProviderFactory.Credentials;
import org.jspecify.annotations.Nullable;

/** Credentials for factories whose objects hold no secrets: reading one fails the test. */
public record NoCredentials() implements Credentials {
    @Override
    public CredentialSource required(FieldValues values, Field field) {
        throw new AssertionError(values.path(field) + " is read as a secret");
    }

    @Override
    public @Nullable CredentialSource optional(FieldValues values, Field field) {
        throw new AssertionError(values.path(field) + " is read as a secret");
    }
}
