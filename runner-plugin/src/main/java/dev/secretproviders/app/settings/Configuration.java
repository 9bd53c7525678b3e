package dev.secretproviders.app.settings;

import dev.secretproviders.consumer.ConsumerSource;
import dev.secretproviders.consumer.ConsumerSources;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.plugin.PluginJars;
import dev.secretproviders.provider.PluggedFactories;
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
import dev.secretproviders.spi.InvalidSettingsException;
import dev.secretproviders.spi.Problems;
import dev.secretproviders.spi.Settings;
import dev.secretproviders.transport.hosted.PluginLoader;
import dev.secretproviders.transport.route.KeyAuthFilter;
import dev.secretproviders.spi.ProviderFactory;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.apisix.plugin.runner.filter.PluginFilter;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;

/**
 * The whole configuration, validated, and the parts made from it; nothing of it has started or done any network I/O yet.
 *
 * @param source where it was read from
 * @param written the fields that the operator's own files set; they may hold secrets
 * @param store is opened later
 * @param digester shared by everything that digests keys
 * @param filters those of jars in the plugins directory
 * @param jarProblems what is wrong with such jars; everything else works
 */
public record Configuration(
        ConfigurationSource source,
        Map<String, Object> written,
        RunnerSettings runner,
        ServerSettings server,
        ControlSettings control,
        DeferredStore store,
        KeyDigester digester,
        ProviderRegistry providers,
        ConsumerSource consumers,
        PluginJars jars,
        List<PluginFilter> filters,
        List<String> jarProblems)
        implements AutoCloseable {

    private static List<ProviderFactory> builtIn(DeferredStore store) {
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
     * @param source where {@code environment} was read from
     * @param listens whether the socket's path is needed
     * @throws InvalidSettingsException with every problem there is, and where it is written
     */
    public static Configuration read(
            ConfigurableEnvironment environment, ConfigurationSource source, boolean listens, Inspection inspection) {
        try {
            return readAll(environment, source, listens, inspection);
        } catch (InvalidSettingsException e) {
            throw source.located(e);
        }
    }

    private static Configuration readAll(
            ConfigurableEnvironment environment, ConfigurationSource source, boolean listens, Inspection inspection) {
        Problems problems = new Problems();
        Settings root = EnvironmentSettings.of(environment, problems);
        Settings runnerSection = root.section("runner");
        RunnerSettings runner = RunnerSettings.read(runnerSection, System.getenv(), source.socketOption());
        if (listens && runner.socket() == null) {
            runnerSection.problem(
                    "socket.path",
                    "is required: set it, or --socket, or let APISIX start the runner, which sets APISIX_LISTEN_ADDRESS");
        }
        ServerSettings server = ServerSettings.read(environment, problems);
        ControlSettings control = ControlSettings.read(root, runner.dataDirectory(), System.getenv());
        DeferredStore store = new DeferredStore();
        KeyDigester digester = KeyDigester.unsettled();
        // What is wrong with a jar of the user's costs what is in that jar, not the gateway.
        Problems jarProblems = new Problems();
        PluginJars jars = PluginJars.open(
                runner.pluginsDirectory(), Set.of(PluginFilter.class, ProviderFactory.class), jarProblems);
        List<ProviderFactory> factories = new ArrayList<>(builtIn(store));
        factories.addAll(PluggedFactories.load(jars, factories));
        List<PluginFilter> filters = PluginLoader.load(jars, Set.of(KeyAuthFilter.NAME));
        boolean allThere = jarProblems.isEmpty();
        ProviderRegistry providers = ProviderRegistry.read(
                root.section("providers"),
                factories,
                manager -> {
                    if (!allThere) {
                        jarProblems.add(
                                "providers." + manager,
                                "is left out: its manager is not known, perhaps because of what is wrong in "
                                        + runner.pluginsDirectory());
                    }
                    return !allThere;
                },
                ownFiles(source, runner, control, environment));
        ConsumerSource consumers = ConsumerSources.create(root.section("consumers"), digester);
        root.finish();
        inspection.look(environment, runner, server, control, problems);
        Configuration configuration = new Configuration(
                source,
                ConfigurationSource.written(environment),
                runner,
                server,
                control,
                store,
                digester,
                providers,
                consumers,
                jars,
                filters,
                jarProblems.lines());
        if (!problems.isEmpty()) {
            configuration.close();
        }
        problems.throwIfAny();
        return configuration;
    }

    /** What no provider may read: the configuration, too, and the key of the Admin API. */
    private static Set<Path> ownFiles(
            ConfigurationSource source, RunnerSettings runner, ControlSettings control, Environment environment) {
        Set<Path> own =
                new HashSet<>(Set.of(runner.dataDirectory(), control.crypto().file()));
        if (source.file() != null) {
            own.add(source.file());
        }
        for (String field : List.of("server.ssl.certificate-private-key", "server.ssl.key-store")) {
            Path file = fileNamed(environment.getProperty(field, ""));
            if (file != null) {
                own.add(file);
            }
        }
        return own;
    }

    /** Returns the file that Spring finds by a name such as {@code file:key.pem}; null for a key itself, or none. */
    private static @Nullable Path fileNamed(String location) {
        try {
            String name = location.strip().replaceFirst("^file:(//(?=/))?", "");
            return name.isEmpty() || name.startsWith("classpath:") || name.startsWith("-----") ? null : Path.of(name);
        } catch (InvalidPathException e) {
            return null;
        }
    }

    @Override
    public void close() {
        consumers.close();
        providers.close();
        try {
            jars.close();
        } catch (IOException e) {
            // The process is about to end; its open jars end with it.
            LoggerFactory.getLogger(Configuration.class).debug("a plugin's jar could not be closed", e);
        }
    }
}
