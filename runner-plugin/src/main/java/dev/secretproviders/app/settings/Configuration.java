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
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.Settings;
import dev.secretproviders.transport.hosted.PluginLoader;
import dev.secretproviders.transport.route.KeyAuthFilter;
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
 * The whole configuration, validated, and the parts made from it; nothing of it has started or done any network I/O yet. Close it to
 * end the parts.
 */
public final class Configuration implements AutoCloseable {
    private final ConfigurationSource source;
    private final Map<String, Object> written;
    private final RunnerSettings runner;
    private final ControlSettings control;
    private final DeferredStore store;
    private final KeyDigester digester;
    private final ProviderRegistry providers;
    private final ConsumerSource consumers;
    private final PluginJars jars;
    private final List<PluginFilter> filters;
    private final List<String> jarProblems;

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

    private Configuration(
            ConfigurableEnvironment environment,
            ConfigurationSource source,
            boolean listens,
            Inspection inspection,
            Problems problems) {
        this.source = source;
        written = ConfigurationSource.written(environment);
        Settings root = EnvironmentSettings.of(environment, problems);
        Settings runnerSection = root.section("runner");
        runner = RunnerSettings.read(runnerSection, System.getenv(), source.socketOption());
        if (listens && runner.socket() == null) {
            runnerSection.problem(
                    "socket.path",
                    "is required: set it, or --socket, or let APISIX start the runner, which sets APISIX_LISTEN_ADDRESS");
        }
        ServerSettings server = ServerSettings.read(environment, problems);
        control = ControlSettings.read(root, runner.dataDirectory(), System.getenv());
        store = new DeferredStore();
        digester = KeyDigester.unsettled();
        // What is wrong with a jar of the user's costs what is in that jar, not the gateway.
        Problems problemsOfJars = new Problems();
        jars = PluginJars.open(
                runner.pluginsDirectory(), Set.of(PluginFilter.class, ProviderFactory.class), problemsOfJars);
        List<ProviderFactory> factories = new ArrayList<>(builtIn(store));
        factories.addAll(PluggedFactories.load(jars, factories));
        filters = PluginLoader.load(jars, Set.of(KeyAuthFilter.NAME));
        boolean allThere = problemsOfJars.isEmpty();
        providers = ProviderRegistry.read(
                root.section("providers"),
                factories,
                manager -> {
                    if (!allThere) {
                        problemsOfJars.add(
                                "providers." + manager,
                                "is left out: its manager is not known, perhaps because of what is wrong in "
                                        + runner.pluginsDirectory());
                    }
                    return !allThere;
                },
                ownFiles(source, runner, control, environment));
        consumers = ConsumerSources.create(root.section("consumers"), digester);
        root.finish();
        inspection.look(environment, runner, server, control, problems);
        jarProblems = problemsOfJars.lines();
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
        Problems problems = new Problems();
        try {
            Configuration configuration = new Configuration(environment, source, listens, inspection, problems);
            if (!problems.isEmpty()) {
                configuration.close();
            }
            problems.throwIfAny();
            return configuration;
        } catch (InvalidSettingsException e) {
            throw source.located(e);
        }
    }

    /** Returns where it was read from. */
    public ConfigurationSource source() {
        return source;
    }

    /** Returns the fields that the operator's own files set; they may hold secrets. */
    public Map<String, Object> written() {
        return written;
    }

    /** Returns the section {@code runner}. */
    public RunnerSettings runner() {
        return runner;
    }

    /** Returns what the control plane needs to know. */
    public ControlSettings control() {
        return control;
    }

    /** Returns the store, which is opened later. */
    public DeferredStore store() {
        return store;
    }

    /** Returns what digests keys, shared by everything that does. */
    public KeyDigester digester() {
        return digester;
    }

    /** Returns the providers of the file. */
    public ProviderRegistry providers() {
        return providers;
    }

    /** Returns the source of consumers, not started. */
    public ConsumerSource consumers() {
        return consumers;
    }

    /** Returns the jars in the plugins directory. */
    public PluginJars jars() {
        return jars;
    }

    /** Returns the filters of those jars. */
    public List<PluginFilter> filters() {
        return filters;
    }

    /** Returns what is wrong with those jars; everything else works. */
    public List<String> jarProblems() {
        return jarProblems;
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
