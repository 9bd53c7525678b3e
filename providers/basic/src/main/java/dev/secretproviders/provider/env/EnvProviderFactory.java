package dev.secretproviders.provider.env;

import dev.secretproviders.spi.ObjectSchema;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Map;

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
    public ObjectSchema schema() {
        return new ObjectSchema(List.of());
    }

    @Override
    public SecretProvider create(ProviderId id, Settings settings, Duration timeout, Credentials credentials) {
        return new EnvProvider(id, environment);
    }
}
