package dev.secretproviders.app.wiring;

import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.app.port.Ports;
import dev.secretproviders.app.settings.Configuration;
import dev.secretproviders.app.settings.CryptoSettings;
import dev.secretproviders.app.takeover.TakeoverCall;
import dev.secretproviders.app.takeover.TakeoverException;
import dev.secretproviders.crypto.FipsModule;
import dev.secretproviders.crypto.KeyringException;
import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.PrivateFiles;
import dev.secretproviders.transport.ConnectionInlet;
import dev.secretproviders.transport.route.TokenFormat;
import dev.secretproviders.transport.socket.BoundSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The start of a runner that takes over from a running one. It gets ready first, next to the old runner. The old one gives
 * the store away and answers from memory, until this one can decide as much and has taken the name of the socket. Used by
 * one thread.
 */
final class Succession implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Succession.class);
    private static final Duration CONSUMERS = Duration.ofSeconds(60);
    private static final Duration KEYS = Duration.ofSeconds(20);
    /** Together with {@link #CONSUMERS} shorter than the old runner waits. */
    private static final Duration SERVERS = Duration.ofSeconds(20);

    private static final Duration PORTS = Duration.ofSeconds(5);
    private static final Duration ENDING = Duration.ofSeconds(2);
    private static final Duration LOOK = Duration.ofMillis(20);

    private final Runner runner;
    private final TakeoverCall call;
    private final Ports ports;
    private final Runnable servers;
    private final Runnable commands;

    /**
     * Prepares a takeover.
     *
     * @param call the connection to the running runner, closed with this
     * @param servers begins to start the servers of these ports
     * @param commands opens the socket for commands, in place of that of the running runner
     */
    Succession(Runner runner, TakeoverCall call, Ports ports, Runnable servers, Runnable commands) {
        this.runner = runner;
        this.call = call;
        this.ports = ports;
        this.servers = servers;
        this.commands = commands;
    }

    /**
     * Connects to the running runner.
     *
     * @return null if no runner runs, so that this one simply starts
     */
    static @Nullable TakeoverCall call(Configuration configuration) throws CannotStartException {
        CryptoSettings crypto = configuration.control().crypto();
        try {
            if (crypto.absent()) {
                return null;
            }
            FipsModule _ = FipsModule.load();
            TakeoverCall call = TakeoverCall.open(configuration.runner().dataDirectory(), new Sealer(crypto.keyring()));
            if (call == null) {
                LOG.info("there is no runner to take over from; this one starts");
            }
            return call;
        } catch (IOException | KeyringException | IllegalStateException e) {
            throw new CannotStartException("the takeover is not possible: " + e.getMessage(), e);
        }
    }

    /**
     * Takes over. On return this runner serves the socket, and the old one has nothing left to pass on. If it ends on the way,
     * this runner starts as usual.
     *
     * @throws IOException if that is not possible; the old runner goes on then
     */
    void takeOver() throws IOException, InterruptedException, CannotStartException {
        try {
            succeed();
        } catch (IOException e) {
            if (!TakeoverCall.mayHaveEnded(e)
                    || !vacant(runner.server().options().socket())) {
                throw e;
            }
            LOG.atWarn()
                    .addKeyValue("event", "takeover.failed")
                    .log("the running runner has ended during the takeover ({}); this one starts", e.getMessage());
            runner.start(null);
        }
        ports.open();
    }

    /** Returns whether no process listens on a socket, or none does after a moment. A process ends in several steps. */
    private static boolean vacant(Path socket) throws InterruptedException {
        long end = System.nanoTime() + ENDING.toNanos();
        while (listenedOn(socket)) {
            if (System.nanoTime() - end > 0) {
                return false;
            }
            Thread.sleep(LOOK);
        }
        return true;
    }

    private static boolean listenedOn(Path socket) {
        try {
            return BoundSocket.listenedOn(socket);
        } catch (IOException e) {
            return true;
        }
    }

    private void succeed() throws IOException, InterruptedException, CannotStartException {
        // Before the place for ports is taken, which another takeover may be using.
        call.greet();
        Path socket = runner.server().options().socket();
        try (Secret key = ports.inheritDuring(runner.dataDirectory(), () -> call.hello(socket))) {
            runner.digester().adopt(key);
            runner.digester().settle();
        }
        runner.store().startConsumers();
        servers.run();
        if (!runner.store().awaitConsumers(CONSUMERS)) {
            throw new TakeoverException("the consumers could not be read within " + CONSUMERS.toSeconds() + " s");
        }
        if (!ports.awaitPrepared(SERVERS)) {
            LOG.warn("the Admin API was not ready within {} s, and is away until it is", SERVERS.toSeconds());
        }
        int undecided = call.release();
        runner.store().open();
        if (runner.control() == null) {
            throw new TakeoverException("the store cannot be reached");
        }
        if (!runner.directory()
                .await(() -> runner.directory().settled() && runner.directory().undecided() <= undecided, KEYS)) {
            throw new TakeoverException(runner.directory().undecided() + " credentials could not be resolved, "
                    + undecided + " of the running runner");
        }
        // Most tokens are known from the file that the old runner wrote, so this takes no time.
        runner.server().tokens().restore(TokenFormat.read(call.taking(), Instant.now()));
        call.requireWaiting();
        runner.server().bind(null);
        runner.server().accept();
        // Before the old runner ends, so that commands always find one.
        commands.run();
        ended();
        LOG.atInfo().addKeyValue("event", "takeover.done").log("took over from the running runner");
    }

    /**
     * Takes the connections of the old runner, and waits until it has nothing left to pass on. Nothing here can fail the
     * takeover.
     */
    private void ended() {
        Thread.ofVirtual().name("ports").start(() -> ports.openWhenFree(PORTS));
        Path directory = inlet(runner.dataDirectory());
        try {
            PrivateFiles.createDirectories(directory);
            try (ConnectionInlet _ = runner.server().inlet(directory)) {
                runner.directory().adoptUses(call.taken());
            }
            Files.delete(directory);
        } catch (IOException e) {
            LOG.warn("the old runner closes its connections: {}", e.getMessage());
            runner.directory().adoptUses(call.taken());
        }
    }

    /** Ends the connection to the old runner. If it waits, it goes on. */
    @Override
    public void close() {
        call.close();
    }

    /** Returns the directory in which the new runner takes connections. */
    static Path inlet(Path dataDirectory) {
        return dataDirectory.resolve(".next");
    }
}
