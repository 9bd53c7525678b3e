package dev.secretproviders.app.takeover;

import dev.secretproviders.auth.usage.UseMarks;
import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.PrivateFiles;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The socket of a running runner that a new one takes over from, in the data directory, for the runner's own user only.
 * One takeover at a time. If it fails before the new runner has the socket's name, the runner goes on.
 */
public final class TakeoverSocket implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TakeoverSocket.class);
    private static final String NAME = "takeover.sock";
    private static final Duration LOOK = Duration.ofMillis(100);
    /** At most some 20 MB in a message. */
    private static final int USES_AT_ONCE = 50_000;

    private final ServerSocketChannel server;
    private final UserPrincipal owner;
    private final Supplier<@Nullable Sealer> sealers;
    private final HandedOver runner;
    private final AtomicInteger attempts = new AtomicInteger();

    private TakeoverSocket(
            ServerSocketChannel server, UserPrincipal owner, Supplier<@Nullable Sealer> sealers, HandedOver runner) {
        this.server = server;
        this.owner = owner;
        this.sealers = sealers;
        this.runner = runner;
    }

    /** Returns the path of the socket. */
    static Path in(Path dataDirectory) {
        return dataDirectory.resolve(NAME);
    }

    /**
     * Begins to serve.
     *
     * @param sealers returns what seals the messages, or null while the store is not open
     * @return null if the socket cannot be opened; the log says why
     */
    public static @Nullable TakeoverSocket open(
            Path dataDirectory, Supplier<@Nullable Sealer> sealers, HandedOver runner) {
        Path place = in(dataDirectory);
        // A directory that only its owner can enter, so that the socket never has another mode than its final one.
        Path hidden = dataDirectory.resolve(".takeover");
        Path bound = hidden.resolve("s");
        try {
            PrivateFiles.createDirectories(hidden);
            Files.deleteIfExists(bound);
            ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            server.bind(UnixDomainSocketAddress.of(bound));
            Files.setPosixFilePermissions(bound, PosixFilePermissions.fromString("rw-------"));
            UserPrincipal owner = Files.getOwner(bound);
            Files.move(bound, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            Files.deleteIfExists(hidden);
            TakeoverSocket socket = new TakeoverSocket(server, owner, sealers, runner);
            Thread.ofVirtual().name("takeover").start(socket::serve);
            return socket;
        } catch (IOException | IllegalArgumentException | UnsupportedOperationException e) {
            LOG.warn("no runner can take over from this one: {} cannot be created: {}", place, e.getMessage());
            return null;
        }
    }

    private void serve() {
        while (server.isOpen()) {
            try (SocketChannel channel = server.accept()) {
                handOver(
                        channel,
                        channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user());
            } catch (ClosedChannelException e) {
                // Closed with the runner, or a new runner that came and left.
                LOG.debug("a connection for a takeover ended");
            } catch (IOException | RuntimeException e) {
                LOG.warn("a takeover failed: {}", String.valueOf(e.getMessage()));
            }
        }
    }

    private void handOver(SocketChannel channel, UserPrincipal peer) throws IOException {
        Sealer sealer = sealers.get();
        Line line = new Line(channel, sealer);
        line.greet();
        line.requireSameVersion();
        if (sealer == null) {
            refuse(line, "the running runner cannot reach its store: try again later");
            return;
        }
        boolean begins = false;
        try {
            begins = greeted(line, peer) && asksForRelease(line);
        } finally {
            if (!begins) {
                runner.keepPorts();
            }
        }
        if (begins) {
            release(line);
        }
    }

    /** Waits until the other runner asks for what this one has. Returns whether it may have that. */
    private boolean asksForRelease(Line line) throws IOException {
        line.receive(Step.RELEASE);
        // Something may have begun while the other runner read the consumers.
        String obstacle = runner.obstacle();
        if (obstacle != null) {
            refuse(line, obstacle);
            return false;
        }
        return true;
    }

    private void release(Line line) {
        attempts.incrementAndGet();
        boolean told = false;
        boolean taken = false;
        try {
            LOG.atInfo()
                    .addKeyValue("event", "takeover.begun")
                    .log("another runner takes over; the store is closed for it");
            line.send(
                    Step.RELEASED,
                    ByteBuffer.allocate(Integer.BYTES).putInt(runner.release()).array());
            line.receive(Step.TAKING);
            byte[] tokens = runner.announce();
            told = true;
            line.send(Step.GO, tokens);
            line.receive(Step.TAKEN);
            taken = true;
        } catch (IOException e) {
            taken = told && runner.replaced();
            LOG.atWarn()
                    .addKeyValue("event", "takeover.failed")
                    .log(
                            "the takeover failed: {}; {}",
                            e.getMessage(),
                            taken ? "the other runner has the socket" : "this runner goes on");
        } finally {
            if (!taken) {
                line.close();
                runner.reclaim();
            }
        }
        if (taken) {
            end(line);
        } else if (told) {
            int attempt = attempts.get();
            Thread.ofVirtual().name("takeover-name").start(() -> watchName(line, attempt));
        }
    }

    /**
     * Ends this runner if the other one takes the name after all. It may be told to go, be stopped for long by its
     * system, and then go on. Watches until there is another takeover.
     */
    private void watchName(Line line, int attempt) {
        while (server.isOpen() && attempts.get() == attempt) {
            if (runner.replaced()) {
                LOG.atWarn().addKeyValue("event", "takeover.failed").log("the other runner has the socket after all");
                end(line);
                return;
            }
            LockSupport.parkNanos(LOOK.toNanos());
        }
    }

    /** Returns whether the other runner may go on. */
    private boolean greeted(Line line, UserPrincipal peer) throws IOException {
        String obstacle;
        try {
            String socket = new String(line.receive(Step.HELLO), StandardCharsets.UTF_8);
            obstacle = runner.obstacle();
            if (obstacle == null && !Path.of(socket).equals(runner.socket())) {
                obstacle = "the running runner serves another socket, " + runner.socket();
            }
        } catch (RefusedTakeoverException e) {
            obstacle = String.valueOf(e.getMessage());
        }
        if (!peer.equals(owner)) {
            obstacle = "the running runner belongs to the user " + owner.getName() + ": take over as that user";
        }
        if (obstacle != null) {
            refuse(line, obstacle);
            return false;
        }
        // Before the answer, so that the other runner needs not wait for them.
        runner.passPorts();
        try (Secret key = runner.digestKey()) {
            byte[] bytes = key.use(byte[]::clone);
            line.send(Step.STATE, bytes);
            Arrays.fill(bytes, (byte) 0);
        }
        return true;
    }

    private static void refuse(Line line, String reason) throws IOException {
        LOG.atWarn().addKeyValue("event", "takeover.refused").log("a takeover was refused: {}", reason);
        line.refuse(reason);
    }

    private void end(Line line) {
        try {
            List<UseMarks> uses = runner.end();
            for (int from = 0; from < uses.size(); from += USES_AT_ONCE) {
                line.send(Step.ENDED, UseFormat.write(uses.subList(from, Math.min(uses.size(), from + USES_AT_ONCE))));
            }
            line.send(Step.ENDED);
        } catch (IOException | RuntimeException e) {
            LOG.warn("the last uses of credentials were not handed over: {}", String.valueOf(e.getMessage()));
        } finally {
            // The other runner need not wait for clients that are slow to leave.
            line.close();
            runner.exit();
        }
    }

    /** Stops serving. The file stays, since another runner may have replaced it. */
    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            LOG.debug("the socket for takeovers did not close", e);
        }
    }
}
