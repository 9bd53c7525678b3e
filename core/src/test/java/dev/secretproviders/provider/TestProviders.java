package dev.secretproviders.provider;

import dev.secretproviders.provider.env.EnvProviderFactory;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretProvider;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Makes providers from fields as an operator would write them. */
public final class TestProviders {
    private TestProviders() {}

    /** Returns the provider {@code manager/test}; fails if its fields have problems. */
    public static SecretProvider create(ProviderFactory factory, Map<String, ?> fields) {
        return create(factory, fields, Map.of());
    }

    /** Returns a provider whose fields may refer to these environment variables. */
    public static SecretProvider create(
            ProviderFactory factory, Map<String, ?> fields, Map<String, String> environment) {
        Problems problems = new Problems();
        ProviderRegistry registry = read(factory, fields, environment, problems);
        problems.throwIfAny();
        return Objects.requireNonNull(registry.get(new ProviderId(factory.manager(), "test")))
                .provider();
    }

    /** Returns the problems with the fields. */
    public static List<String> problems(ProviderFactory factory, Map<String, ?> fields) {
        Problems problems = new Problems();
        read(factory, fields, Map.of(), problems).close();
        return problems.lines();
    }

    private static ProviderRegistry read(
            ProviderFactory factory, Map<String, ?> fields, Map<String, String> environment, Problems problems) {
        Settings root = Settings.root(Map.of("providers", Map.of(factory.manager(), Map.of("test", fields))), problems);
        ProviderRegistry registry =
                ProviderRegistry.read(root.section("providers"), List.of(new EnvProviderFactory(environment), factory));
        root.finish();
        return registry;
    }
}
