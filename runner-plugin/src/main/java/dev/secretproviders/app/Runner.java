package dev.secretproviders.app;

import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.consumer.ConsumerProblem;
import dev.secretproviders.consumer.ConsumerSource;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.transport.SocketAccess;
import dev.secretproviders.transport.SocketInUseException;
import dev.secretproviders.transport.TransportOptions;
import dev.secretproviders.transport.UnixSocketServer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running parts: the socket, the consumers' source, the resolver and the credential directory between them. It needs
 * nothing of the management endpoints, and starts and stops without them.
 */
final class Runner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Runner.class);
    private static final Duration ASK_AGAIN = Duration.ofMillis(20);

    private final Configuration configuration;
    private final Resolver resolver;
    private final CredentialDirectory directory;
    private final ExecutorService indexBuilder;
    private final UnixSocketServer server;
    private final RunnerMetrics metrics;
    private Set<ConsumerProblem> leftOut = Set.of();

    private Runner(
            Configuration configuration,
            Resolver resolver,
            CredentialDirectory directory,
            ExecutorService indexBuilder,
            UnixSocketServer server,
            RunnerMetrics metrics) {
        this.configuration = configuration;
        this.resolver = resolver;
        this.directory = directory;
        this.indexBuilder = indexBuilder;
        this.server = server;
        this.metrics = metrics;
    }

    /**
     * Starts everything; on return the socket accepts.
     *
     * @throws SocketInUseException if another runner serves the socket and does not leave it in time
     * @throws IOException if the socket cannot be made
     */
    static Runner start(Configuration configuration) throws IOException, InterruptedException {
        Resolver resolver = Resolver.start(configuration.providers().all(), configuration.digester());
        ExecutorService indexBuilder = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().name("index-builder").daemon().factory());
        CredentialDirectory directory = new CredentialDirectory(resolver, indexBuilder);
        KeyAuthFilter keyAuth = new KeyAuthFilter(
                directory,
                configuration.digester(),
                resolver,
                configuration.runner().unresolvedAnswer());
        UnixSocketServer server = new UnixSocketServer(
                options(configuration.runner()),
                List.of(keyAuth),
                configuration.plugins().filters());
        RunnerMetrics metrics = new RunnerMetrics(resolver, directory, configuration.consumers(), server);
        Runner runner = new Runner(configuration, resolver, directory, indexBuilder, server, metrics);
        try {
            resolver.addListener(new LifeLog());
            resolver.addListener(metrics);
            runner.listen();
            configuration.consumers().start(snapshot -> {
                runner.sayLeftOut(snapshot.problems());
                directory.changed(snapshot);
            });
        } catch (IOException | InterruptedException | RuntimeException e) {
            runner.close();
            throw e;
        }
        return runner;
    }

    private static TransportOptions options(RunnerSettings settings) {
        SocketAccess access = new SocketAccess(
                settings.owner(),
                settings.group(),
                settings.mode() == null ? SocketAccess.DEFAULT.mode() : settings.mode());
        TransportOptions options = TransportOptions.of(Objects.requireNonNull(settings.socket()))
                .withAccess(access)
                .withConfExpiry(settings.confExpiry())
                .withRequestDeadline(settings.requestDeadline());
        return settings.eventLoops() == 0 ? options : options.withEventLoops(settings.eventLoops());
    }

    /** When APISIX reloads, it starts the new runner before it ends the old one, on the same path. */
    private void listen() throws IOException, InterruptedException {
        long giveUpAt = System.nanoTime() + configuration.runner().socketWait().toNanos();
        boolean said = false;
        while (true) {
            try {
                server.start();
                LOG.info(
                        "serving {}",
                        Objects.requireNonNull(configuration.runner().socket()));
                return;
            } catch (SocketInUseException e) {
                if (System.nanoTime() - giveUpAt >= 0) {
                    throw e;
                }
                if (!said) {
                    LOG.info("another runner serves the socket; waiting for it to leave");
                    said = true;
                }
                Thread.sleep(ASK_AGAIN);
            }
        }
    }

    /** Each is said when it comes up, not again with every other change. Called by the source's thread only. */
    private void sayLeftOut(List<ConsumerProblem> problems) {
        problems.stream()
                .filter(problem -> !leftOut.contains(problem))
                .forEach(problem -> LOG.warn("left out {}: {}", problem.resource(), problem.problem()));
        leftOut = Set.copyOf(problems);
    }

    /** Stops accepting and answers what is in flight; at most for {@code grace}. The rest is left to {@link #close}. */
    void stopServing(Duration grace) {
        server.stop(grace);
    }

    @Override
    public void close() {
        server.stop(Duration.ZERO);
        resolver.close();
        indexBuilder.shutdownNow();
        configuration.close();
    }

    Resolver resolver() {
        return resolver;
    }

    CredentialDirectory directory() {
        return directory;
    }

    ConsumerSource consumers() {
        return configuration.consumers();
    }

    ProviderRegistry providers() {
        return configuration.providers();
    }

    UnixSocketServer server() {
        return server;
    }

    RunnerMetrics metrics() {
        return metrics;
    }
}
