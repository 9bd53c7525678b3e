package dev.secretproviders.app.wiring;

import dev.secretproviders.admin.history.DecisionTotals;
import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.app.control.ControlPlane;
import dev.secretproviders.app.logs.LifeLog;
import dev.secretproviders.app.metrics.RunnerMetrics;
import dev.secretproviders.app.settings.Configuration;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.auth.KeyVerdicts;
import dev.secretproviders.consumer.ConsumerProblem;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.ConsumerSource;
import dev.secretproviders.dashboard.DashboardSettings;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.transport.UnixSocketServer;
import dev.secretproviders.transport.route.KeyAuthFilter;
import dev.secretproviders.transport.route.TransportStats;
import dev.secretproviders.transport.socket.BoundSocket;
import dev.secretproviders.transport.socket.SocketInUseException;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
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
    private static final Duration OPEN_AGAIN = Duration.ofSeconds(1);
    /** Longer than it takes to read last-known-good, and short enough for a client to wait. */
    private static final Duration LONGEST_WAIT_FOR_KEYS = Duration.ofSeconds(3);

    private final Configuration configuration;
    private final Resolver resolver;
    private final CredentialDirectory directory;
    private final ExecutorService indexBuilder;
    private final UnixSocketServer server;
    private final RunnerMetrics metrics;
    private Set<ConsumerProblem> leftOut = Set.of();
    /** Ensures that no snapshot is lost between {@link #early} and the directory. */
    private final ReentrantLock lock = new ReentrantLock();

    private volatile @Nullable ControlPlane control;
    /** The newest consumers while there is no control plane. */
    private @Nullable ConsumerSnapshot early;

    private volatile boolean closed;

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

    /** Creates a runner that does not serve yet. */
    static Runner of(Configuration configuration) {
        LOG.info(
                "{} jars of your own in {}",
                configuration.jars().usable().size(),
                configuration.runner().pluginsDirectory().toAbsolutePath());
        configuration.jarProblems().forEach(problem -> LOG.error("{}", problem));
        Resolver resolver = Resolver.start(configuration.providers().all(), configuration.digester());
        ExecutorService indexBuilder = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().name("index-builder").daemon().factory());
        CredentialDirectory directory = new CredentialDirectory(resolver, indexBuilder);
        KeyAuthFilter keyAuth = new KeyAuthFilter(
                directory,
                configuration.digester(),
                resolver,
                configuration.runner().unresolvedAnswer());
        KeyVerdicts verdicts = new KeyVerdicts(
                directory,
                configuration.digester(),
                resolver.ticker(),
                configuration.runner().unresolvedAnswer());
        UnixSocketServer server = new UnixSocketServer(
                configuration.runner().transport(), List.of(keyAuth), configuration.filters(), verdicts::of);
        directory.addListener(server);
        RunnerMetrics metrics = new RunnerMetrics(resolver, directory, configuration.consumers(), server);
        resolver.addListener(new LifeLog());
        resolver.addListener(metrics);
        return new Runner(configuration, resolver, directory, indexBuilder, server, metrics);
    }

    /**
     * Starts all parts. On return APISIX can connect. Its requests are answered from {@link #awaitKeys} on, or after
     * three seconds. The caller closes the runner, also after a failure.
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
        if (!remoteStore()) {
            // A store in etcd may be unavailable for long. Consumers that were read meanwhile would become outdated,
            // and the literal key at which reading stops would stay in memory as plain text.
            startConsumers();
        }
        openControlPlane();
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

    private void openControlPlane() throws CannotStartException {
        try {
            opened(ControlPlane.open(configuration, configuration.store(), resolver, directory, served()));
        } catch (StoreException e) {
            if (!remoteStore()) {
                throw new CannotStartException(String.valueOf(e.getMessage()), e);
            }
            LOG.atWarn()
                    .addKeyValue("event", "store.unreachable")
                    .log(
                            "the store cannot be reached: {}; until it can, requests are answered with 503",
                            e.getMessage());
            Thread.ofVirtual().name("store-opening").start(this::keepOpening);
        }
    }

    private ControlPlane.Served served() {
        return new ControlPlane.Served(
                this::decisions, () -> server.followerStats().followers(), server::eventProblem);
    }

    /** Returns how many requests were decided, over all routes. */
    private DecisionTotals decisions() {
        TransportStats stats = server.stats();
        Map<Reason, Long> decisions = new EnumMap<>(Reason.class);
        stats.forEachRoute((route, reason, count) -> decisions.merge(reason, count, Long::sum));
        return new DecisionTotals(
                decisions, stats.verdictsAccepted(), stats.verdictsRefused(), stats.verdictsUnavailable());
    }

    private void keepOpening() {
        while (!closed) {
            try {
                Thread.sleep(OPEN_AGAIN);
                opened(ControlPlane.open(configuration, configuration.store(), resolver, directory, served()));
                LOG.atInfo().addKeyValue("event", "store.reached").log("the store can be reached");
                return;
            } catch (StoreException e) {
                LOG.debug("the store still cannot be reached: {}", e.getMessage());
            } catch (InterruptedException e) {
                return;
            } catch (CannotStartException e) {
                LOG.error("{}", e.getMessage());
                System.exit(CannotStartException.EXIT_CODE);
            }
        }
    }

    /**
     * Begins to follow the consumers. While the store is not open, reading stops at the first literal key, because the
     * digest key is not known yet.
     */
    private void startConsumers() {
        configuration.consumers().start(snapshot -> {
            logLeftOut(snapshot.problems());
            lock.lock();
            try {
                if (control == null) {
                    early = snapshot;
                } else {
                    directory.changed(snapshot);
                }
            } finally {
                lock.unlock();
            }
        });
    }

    /**
     * Publishes the control plane, then the consumers. Their providers must exist first, or valid keys would be
     * refused.
     */
    private void opened(ControlPlane plane) {
        configuration.digester().settle();
        lock.lock();
        try {
            control = plane;
            if (early != null) {
                directory.changed(early);
                early = null;
            }
        } finally {
            lock.unlock();
        }
        if (remoteStore()) {
            startConsumers();
        }
    }

    private boolean remoteStore() {
        return configuration.control().store().remote();
    }

    /** Logs each new problem once. Called by the source's thread only. */
    private void logLeftOut(List<ConsumerProblem> problems) {
        problems.stream()
                .filter(problem -> !leftOut.contains(problem))
                .forEach(problem -> LOG.atWarn()
                        .addKeyValue("event", "consumer.left-out")
                        .addKeyValue("consumer", problem.resource())
                        .log("left out {}: {}", problem.resource(), problem.problem()));
        leftOut = Set.copyOf(problems);
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
        indexBuilder.shutdownNow();
        ControlPlane opened = control;
        if (opened != null) {
            opened.close();
        }
        configuration.close();
    }

    /** Returns the control plane, or null while the store cannot be reached. */
    @Nullable
    ControlPlane control() {
        return control;
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
