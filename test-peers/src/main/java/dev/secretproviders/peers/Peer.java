package dev.secretproviders.peers;

import dev.secretproviders.peers.ServerSpec.Place;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The life cycle of one peer of any kind: its directory, the start, the wait until it answers, the end. */
final class Peer {
    private static final Logger log = LoggerFactory.getLogger(Peer.class);
    private static final Duration READY_WITHIN = Duration.ofSeconds(60);
    private static final int LOG_LINES_SHOWN = 30;
    /** Peers whose container did not start: the next test does not wait for another failure. */
    private static final Set<String> UNUSABLE = ConcurrentHashMap.newKeySet();

    private final String name;
    private final Server server;
    private final int port;
    private final boolean temporary;

    private Peer(String name, Server server, int port, boolean temporary) {
        this.name = name;
        this.server = server;
        this.port = port;
        this.temporary = temporary;
    }

    /** Starts the peer's process in a temporary directory; the caller then calls {@link #awaitReady}. */
    static Peer launch(ServerSpec spec) {
        return launch(spec, null);
    }

    /**
     * Starts the peer's process; the caller then calls {@link #awaitReady}.
     *
     * @param kept the peer's directory, which outlives it; null for a temporary one
     */
    static Peer launch(ServerSpec spec, @Nullable Path kept) {
        int port = FreePorts.next();
        Path directory = createDirectory(spec.name(), kept);
        try {
            return new Peer(spec.name(), started(spec, port, directory), port, kept == null);
        } catch (PeerUnavailableException e) {
            if (kept == null) {
                delete(directory);
            }
            throw e.orAbort();
        }
    }

    private static Server started(ServerSpec spec, int port, Path directory) {
        if (spec.image() != null && !UNUSABLE.contains(spec.name()) && ContainerServer.engineAnswers()) {
            Server container = new ContainerServer(spec, new Place("0.0.0.0", port, directory));
            try {
                container.start();
                return container;
            } catch (RuntimeException e) {
                if (!NativeServer.isInstalled(spec)) {
                    throw new PeerUnavailableException(
                            "The container %s cannot be started. Remedy: ./scripts/peers install %s"
                                    .formatted(spec.image(), spec.name()),
                            e);
                }
                // A logger would print nothing without a logging provider on the class path.
                System.err.printf(
                        "The container %s cannot be started, using the native peer: %s%n", spec.image(), reason(e));
                UNUSABLE.add(spec.name());
            }
        }
        Server process = new NativeServer(spec, new Place("127.0.0.1", port, directory));
        process.start();
        return process;
    }

    private static String reason(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }

    int port() {
        return port;
    }

    /** Returns the peer's own directory; {@link #close()} deletes a temporary one. */
    Path directory() {
        return server.directory();
    }

    String log() {
        return server.log();
    }

    void startAgain(BooleanSupplier ready) {
        server.start();
        awaitReady(ready);
    }

    void stop() {
        server.stop();
    }

    void kill() {
        server.kill();
    }

    void pause() {
        server.pause();
    }

    void resume() {
        server.resume();
    }

    /** Waits until the peer answers. If it does not in time, ends it and fails with the end of its log. */
    void awaitReady(BooleanSupplier ready) {
        await("become ready", ready, true);
    }

    /** Waits for a change in a running peer. */
    void await(String what, BooleanSupplier condition) {
        await(what, condition, false);
    }

    private void await(String what, BooleanSupplier condition, boolean endOnFailure) {
        long deadline = System.nanoTime() + READY_WITHIN.toNanos();
        while (!condition.getAsBoolean()) {
            boolean alive = server.isAlive();
            if (!alive || System.nanoTime() - deadline > 0) {
                String failure = alive
                        ? "%s did not %s within %d s".formatted(name, what, READY_WITHIN.toSeconds())
                        : "%s ended by itself".formatted(name);
                String message = failure + "; the end of its log:\n" + logTail();
                if (endOnFailure) {
                    close();
                }
                throw new PeerFailedException(message);
            }
            pauseBriefly();
        }
    }

    private static void pauseBriefly() {
        try {
            Thread.sleep(Duration.ofMillis(20));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PeerFailedException("Interrupted while waiting for a peer", e);
        }
    }

    private String logTail() {
        List<String> lines = server.log().lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES_SHOWN), lines.size()));
    }

    /** Ends the peer at once and deletes its temporary files. */
    void close() {
        server.kill();
        if (temporary) {
            delete(server.directory());
        }
    }

    private static Path createDirectory(String name, @Nullable Path kept) {
        try {
            return kept == null
                    ? Files.createTempDirectory("peer-" + name + "-")
                    : Files.createDirectories(kept).toAbsolutePath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void delete(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            log.warn("Cannot delete {}", directory, e);
        }
    }
}
