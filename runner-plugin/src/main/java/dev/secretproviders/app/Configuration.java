package dev.secretproviders.app;

import dev.secretproviders.consumer.ConsumerSource;
import dev.secretproviders.consumer.ConsumerSources;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.provider.ProviderFactory;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.aws.AwsProviderFactory;
import dev.secretproviders.provider.azure.AzureProviderFactory;
import dev.secretproviders.provider.env.EnvProviderFactory;
import dev.secretproviders.provider.fake.FakeProviderFactory;
import dev.secretproviders.provider.file.FileProviderFactory;
import dev.secretproviders.provider.gcp.GcpProviderFactory;
import dev.secretproviders.provider.kubernetes.KubernetesProviderFactory;
import dev.secretproviders.provider.local.LocalProviderFactory;
import dev.secretproviders.provider.vault.VaultProviderFactory;
import dev.secretproviders.settings.InvalidSettingsException;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.transport.LoadedPlugins;
import dev.secretproviders.transport.PluginLoader;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * The whole configuration, validated, and the parts made from it; nothing of it has started or done any network I/O yet.
 *
 * @param store is opened later
 * @param digester shared by everything that digests keys
 */
record Configuration(
        RunnerSettings runner,
        ServerSettings server,
        ControlSettings control,
        DeferredStore store,
        KeyDigester digester,
        ProviderRegistry providers,
        ConsumerSource consumers,
        LoadedPlugins plugins)
        implements AutoCloseable {

    private static List<ProviderFactory> factories(DeferredStore store) {
        return List.of(
                new EnvProviderFactory(),
                new FileProviderFactory(),
                new FakeProviderFactory(),
                new LocalProviderFactory(store, InstantSource.system()),
                new VaultProviderFactory(),
                new AwsProviderFactory(),
                new GcpProviderFactory(),
                new KubernetesProviderFactory(),
                new AzureProviderFactory());
    }

    /**
     * Reads it.
     *
     * @param socketOption the value of {@code --socket}, or null
     * @param listens whether the socket's path is needed
     * @throws InvalidSettingsException with every problem there is
     */
    static Configuration read(ConfigurableEnvironment environment, @Nullable String socketOption, boolean listens) {
        Problems problems = new Problems();
        Settings root = EnvironmentSettings.of(environment, problems);
        Settings runnerSection = root.section("runner");
        RunnerSettings runner = RunnerSettings.read(runnerSection, System.getenv(), socketOption);
        if (listens && runner.socket() == null) {
            runnerSection.problem(
                    "socket.path",
                    "is required: set it, or --socket, or let APISIX start the runner, which sets APISIX_LISTEN_ADDRESS");
        }
        ServerSettings server = ServerSettings.read(environment, problems);
        ControlSettings control = ControlSettings.read(root, runner.dataDirectory(), System.getenv());
        DeferredStore store = new DeferredStore();
        KeyDigester digester = new KeyDigester();
        ProviderRegistry providers = ProviderRegistry.read(root.section("providers"), factories(store));
        ConsumerSource consumers = ConsumerSources.create(root.section("consumers"), digester);
        LoadedPlugins plugins = PluginLoader.load(runner.pluginsDirectory(), Set.of(KeyAuthFilter.NAME), problems);
        root.finish();
        Configuration configuration =
                new Configuration(runner, server, control, store, digester, providers, consumers, plugins);
        if (!problems.isEmpty()) {
            configuration.close();
        }
        problems.throwIfAny();
        return configuration;
    }

    @Override
    public void close() {
        consumers.close();
        providers.close();
        try {
            plugins.close();
        } catch (IOException e) {
            // The process is about to end; its open jars end with it.
            LoggerFactory.getLogger(Configuration.class).debug("a plugin's jar could not be closed", e);
        }
    }
}
