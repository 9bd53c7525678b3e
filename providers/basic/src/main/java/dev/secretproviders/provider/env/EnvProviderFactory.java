package dev.secretproviders.provider.env;

import dev.secretproviders.spi.Capability;
import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.FieldValues;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretProvider;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/** Makes providers that read environment variables. They have no fields of their own. */
public final class EnvProviderFactory implements ProviderFactory {
    private final Map<String, String> environment;

    /** Creates a factory for the environment of this process. */
    public EnvProviderFactory() {
        this(System.getenv());
    }

    /**
     * Creates a factory for another environment.
     *
     * @param environment names and values; read at each fetch
     */
    public EnvProviderFactory(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public String manager() {
        return ProviderId.ENVIRONMENT.manager();
    }

    @Override
    public Descriptor descriptor() {
        return Descriptor.NONE;
    }

    @Override
    public Set<Capability> capabilities() {
        return Set.of(
                Capability.HOLDS_CREDENTIALS,
                Capability.RUNNERS_OWN,
                Capability.ALWAYS_THERE,
                Capability.EVERY_RUNNER_KNOWS);
    }

    @Override
    public SecretProvider create(ProviderId id, FieldValues values, Duration timeout, Credentials credentials) {
        return new EnvProvider(id, environment);
    }
}
