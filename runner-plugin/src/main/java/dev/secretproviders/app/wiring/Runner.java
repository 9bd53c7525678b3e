package dev.secretproviders.app.wiring;

import dev.secretproviders.admin.push.PushSettings;
import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.app.control.ControlPlane;
import dev.secretproviders.app.logs.LifeLog;
import dev.secretproviders.app.metrics.RunnerMetrics;
import dev.secretproviders.app.settings.Configuration;
import dev.secretproviders.app.settings.TracingSettings;
import dev.secretproviders.app.telemetry.Tracing;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.basic.PasswordProofs;
import dev.secretproviders.auth.hmac.HmacProofs;
import dev.secretproviders.auth.hmac.SeenSignatures;
import dev.secretproviders.auth.jwt.JwtProofs;
import dev.secretproviders.auth.jwt.VerifiedTokens;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.consumer.ConsumerSource;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.dashboard.DashboardSettings;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.transport.UnixSocketServer;
import dev.secretproviders.transport.companion.CompanionVerdicts;
import dev.secretproviders.transport.socket.BoundSocket;
import dev.secretproviders.transport.socket.SocketInUseException;
import dev.secretproviders.transport.socket.TransportOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running parts: the socket, the source of consumers, the resolver and the credential directory. It does not depend
 * on the management endpoints, and starts and stops without them.
 */
public final class Runner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Runner.class);
    private static final Duration ASK_AGAIN = Duration.ofMillis(20);
    /** Longer than it takes to read last-known-good, and short enough for a client to wait. */
    private static final Duration LONGEST_WAIT_FOR_KEYS = Duration.ofSeconds(3);

    private final Configuration configuration;
    private final Resolver resolver;
    private final CredentialDirectory directory;
    private final Workers workers;
    private final UnixSocketServer server;
    private final RunnerMetrics metrics;
    private final StoreAccess store;

    private volatile @Nullable Tracing tracing;
    private volatile boolean closed;

    private Runner(
            Configuration configuration,
            Resolver resolver,
            CredentialDirectory directory,
            Workers workers,
            UnixSocketServer server,
            RunnerMetrics metrics) {
        this.configuration = configuration;
        this.resolver = resolver;
        this.directory = directory;
        this.workers = workers;
        this.server = server;
        this.metrics = metrics;
        this.store = new StoreAccess(configuration, resolver, directory, workers, server);
    }

    /**
     * Creates a runner that does not serve yet.
     *
     * @param transport where and how it listens
     */
    static Runner of(Configuration configuration, TransportOptions transport) {
        LOG.info(
                "{} jars of your own in {}",
                configuration.jars().usable().size(),
                configuration.runner().pluginsDirectory().toAbsolutePath());
        configuration.jarProblems().forEach(problem -> LOG.error("{}", problem));
        Resolver resolver = Resolver.start(configuration.providers().all(), configuration.digester());
        Workers workers = Workers.of(resolver);
        CredentialDirectory directory = new CredentialDirectory(
                resolver,
                workers.indexBuilder(),
                List.of(new PasswordProofs(configuration.digester()), new JwtProofs(), new HmacProofs()));
        AuthContext context = new AuthContext(
                directory,
                configuration.digester(),
                resolver.ticker(),
                configuration.runner().unresolvedAnswer());
        VerifiedTokens verified = new VerifiedTokens();
        SeenSignatures seen = new SeenSignatures(resolver.ticker());
        UnixSocketServer server = new UnixSocketServer(
                transport,
                workers.filters(context, verified, seen),
                configuration.filters(),
                new CompanionVerdicts(context, verified, seen, workers.upstream()));
        workers.upstream().addListener(server);
        directory.addListener(server);
        RunnerMetrics metrics = new RunnerMetrics(resolver, directory, configuration.consumers(), server, seen);
        resolver.addListener(new LifeLog());
        resolver.addListener(metrics);
        return new Runner(configuration, resolver, directory, workers, server, metrics);
    }

    /**
     * Starts all parts. On return APISIX can connect, and routes are prepared. Requests are answered from {@link
     * #awaitKeys} on, or after three seconds. The caller closes the runner, also after a failure.
     *
     * @param early a socket that was created before, or null; closed if it does not fit the configuration
     * @throws SocketInUseException if another runner serves the socket and does not stop in time
     * @throws IOException if the socket cannot be created
     * @throws CannotStartException if the store cannot be used and the failure is permanent
     */
    void start(@Nullable BoundSocket early) throws IOException, InterruptedException, CannotStartException {
        listen(early);
        // Even if the rest of the start still waits.
        CompletableFuture.delayedExecutor(LONGEST_WAIT_FOR_KEYS.toNanos(), TimeUnit.NANOSECONDS)
                .execute(server::accept);
        TracingSettings traced = configuration.tracing();
        if (traced != null) {
            tracing = Tracing.start(traced, configuration.runner().name(), resolver, directory);
        }
        store.start();
    }

    /** Waits until every key can be decided, or three seconds. On return requests are answered. */
    void awaitKeys() throws InterruptedException {
        var _ = directory.await(directory::settled, LONGEST_WAIT_FOR_KEYS);
        server.accept();
    }

    /** Binds the socket. When APISIX reloads, it starts the new runner before it ends the old one, on the same path. */
    private void listen(@Nullable BoundSocket early) throws IOException, InterruptedException {
        long giveUpAt = System.nanoTime() + configuration.runner().socketWait().toNanos();
        boolean said = false;
        while (true) {
            try {
                server.bind(early);
                if (closed) {
                    // Closed while it waited for the socket.
                    server.stop(Duration.ZERO);
                }
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

    /** Stops accepting and answers requests in flight, for at most {@code grace}. {@link #close} stops the rest. */
    void stopServing(Duration grace) {
        server.stop(grace);
    }

    @Override
    public void close() {
        closed = true;
        server.stop(Duration.ZERO);
        resolver.close();
        workers.stop();
        Tracing traced = tracing;
        if (traced != null) {
            traced.close();
        }
        store.close();
        configuration.close();
    }

    Path dataDirectory() {
        return configuration.runner().dataDirectory();
    }

    KeyDigester digester() {
        return configuration.digester();
    }

    /** Returns the control plane, or null while the store cannot be reached. */
    @Nullable
    ControlPlane control() {
        return store.control();
    }

    /** Returns the access to the store. */
    StoreAccess store() {
        return store;
    }

    PushSettings pushes() {
        return configuration.control().pushes();
    }

    ProviderRegistry registry() {
        return configuration.providers();
    }

    DashboardSettings dashboard() {
        return configuration.control().dashboard();
    }

    Resolver resolver() {
        return resolver;
    }

    /** Returns the directory of consumers and credentials. */
    public CredentialDirectory directory() {
        return directory;
    }

    ConsumerSource consumers() {
        return configuration.consumers();
    }

    /** Returns the problems of jars in the plugins directory. */
    List<String> jarProblems() {
        return configuration.jarProblems();
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
