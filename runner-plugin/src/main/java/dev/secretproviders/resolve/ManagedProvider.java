package dev.secretproviders.resolve;

import dev.secretproviders.provider.ProviderPolicy;
import dev.secretproviders.provider.SecretProvider;

/** A provider with the policy by which the resolver asks it. */
public record ManagedProvider(SecretProvider provider, ProviderPolicy policy) {}
