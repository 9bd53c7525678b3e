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
import dev.secretproviders.settings.InvalidSettingsException;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.transport.hosted.PluginLoader;
import dev.secretproviders.transport.route.AuthFilters;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.apisix.plugin.runner.filter.PluginFilter;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * The whole validated configuration, and the parts created from it. No part has started or done any network I/O yet.
 * Close it to end the parts.
 */
public final class Configuration implements AutoCloseable {
    private final ConfigurationSource source;
    private final Map<String, Object> written;
    private final RunnerSettings runner;
    private final ServerSettings server;
    private final ControlSettings control;
    private final @Nullable TracingSettings tracing;
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
                    "is required: set it, or --socket, or let APISIX start the runner, which sets"
                            + " APISIX_LISTEN_ADDRESS");
        }
        server = ServerSettings.read(environment, problems);
        control = ControlSettings.read(root, runner.dataDirectory(), System.getenv());
        tracing = TracingSettings.read(root, System.getenv());
        store = new DeferredStore();
        digester = KeyDigester.unsettled();
        consumers = ConsumerSources.create(root.section("consumers"), digester);
        // A problem with a user's jar disables only that jar, not the gateway.
        Problems problemsOfJars = new Problems();
        jars = PluginJars.open(
                runner.pluginsDirectory(), Set.of(PluginFilter.class, ProviderFactory.class), problemsOfJars);
        List<ProviderFactory> factories = new ArrayList<>(builtIn(store));
        factories.addAll(PluggedFactories.load(jars, factories));
        filters = PluginLoader.load(jars, AuthFilters.NAMES);
        boolean allThere = problemsOfJars.isEmpty();
        // Last, because no provider may read the files that the other sections name.
        providers = ProviderRegistry.read(
                root.section(OwnFiles.PROVIDERS),
                factories,
                manager -> {
                    if (!allThere) {
                        problemsOfJars.add(
                                "providers." + manager,
                                "is left out: its manager is not known, perhaps because of a problem in "
                                        + runner.pluginsDirectory());
                    }
                    return !allThere;
                },
                OwnFiles.of(root, source, runner, control, environment));
        root.finish();
        inspection.look(environment, runner, server, control, problems);
        jarProblems = problemsOfJars.lines();
    }

    /**
     * Reads and validates the configuration.
     *
     * @param source the source of {@code environment}
     * @param listens whether the socket's path is required
     * @throws InvalidSettingsException with every problem and its place
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

    /** Returns the source of the configuration. */
    public ConfigurationSource source() {
        return source;
    }

    /** Returns the fields that the operator's own files set. The values may hold secrets. */
    public Map<String, Object> written() {
        return written;
    }

    /** Returns the section {@code runner}. */
    public RunnerSettings runner() {
        return runner;
    }

    /** Returns where the Admin API and the dashboard are served. */
    public ServerSettings server() {
        return server;
    }

    /** Returns the settings of the control plane. */
    public ControlSettings control() {
        return control;
    }

    /** Returns where spans are sent, or null if tracing is off. */
    public @Nullable TracingSettings tracing() {
        return tracing;
    }

    /** Returns the store, which is opened later. */
    public DeferredStore store() {
        return store;
    }

    /** Returns the digester of keys, which all parts share. */
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

    /** Returns the problems of those jars. Everything else works. */
    public List<String> jarProblems() {
        return jarProblems;
    }

    @Override
    public void close() {
        consumers.close();
        control.certificates().close();
        providers.close();
        try {
            jars.close();
        } catch (IOException e) {
            // The process is about to end, and closes its jars.
            LoggerFactory.getLogger(Configuration.class).debug("a plugin's jar could not be closed", e);
        }
    }
}
