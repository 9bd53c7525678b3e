package dev.secretproviders.transport.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.transport.TestServer;
import dev.secretproviders.transport.UnixSocketServer;
import dev.secretproviders.transport.wire.FrameType;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients can connect before there is a server, and get no answer until it accepts. */
final class BoundSocketTest {
    private static final Duration A_WHILE = Duration.ofMillis(200);

    @TempDir
    private Path directory;

    private TransportOptions options() {
        return TransportOptions.of(directory.resolve("runner.sock"));
    }

    private static UnixSocketServer server(TransportOptions options) {
        return new UnixSocketServer(options, List.of(), List.of(), TestServer::verdict);
    }

    private SocketChannel askVerdict() throws IOException {
        SocketChannel client =
                SocketChannel.open(UnixDomainSocketAddress.of(options().socket()));
        byte[] key = "key-1".getBytes(StandardCharsets.UTF_8);
        client.write(ByteBuffer.allocate(4 + key.length)
                .putInt(FrameType.VERDICT << 24 | key.length)
                .put(key)
                .flip());
        return client;
    }

    /** Completes with the number of bytes of the first read, below zero if the connection ended. */
    private static CompletableFuture<Integer> answer(SocketChannel client) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return client.read(ByteBuffer.allocate(1 << 10));
                    } catch (IOException e) {
                        return -1;
                    }
                },
                Thread::startVirtualThread);
    }

    private static void assertThatNothingComes(CompletableFuture<Integer> answer) {
        assertThat(answer.completeOnTimeout(0, A_WHILE.toMillis(), TimeUnit.MILLISECONDS))
                .succeedsWithin(TestServer.SOON)
                .isEqualTo(0);
    }

    @Test
    void whoComesBeforeTheServerAcceptsWaitsAndIsAnsweredThen() throws IOException {
        UnixSocketServer server = server(options());
        try (BoundSocket early = BoundSocket.open(options());
                SocketChannel client = askVerdict()) {
            CompletableFuture<Integer> answer = answer(client);
            server.bind(early);
            assertThatNothingComes(answer.copy());

            server.accept();

            assertThat(answer)
                    .succeedsWithin(TestServer.SOON)
                    .satisfies(bytes -> assertThat(bytes).isPositive());
            server.stop(TestServer.SOON);
            assertThat(options().socket()).doesNotExist();
        } finally {
            server.stop(TestServer.SOON);
        }
    }

    @Test
    void closingItAgainLeavesAloneWhoeverTookThePlace() throws IOException {
        BoundSocket first = BoundSocket.open(options());
        first.close();
        // Its inode number is free now, and most file systems reuse it.
        try (BoundSocket _ = BoundSocket.open(options())) {
            first.close();
            assertThat(options().socket()).exists();
        }
    }

    @Test
    void anotherSocketThanTheOneWantedIsReplaced() throws IOException {
        TransportOptions wanted = options().withAccess(new SocketAccess(null, null, "0600"));
        UnixSocketServer server = server(wanted);
        try (BoundSocket early = BoundSocket.open(options());
                SocketChannel client = askVerdict()) {
            CompletableFuture<Integer> turnedAway = answer(client);

            server.bind(early);
            server.accept();

            assertThat(turnedAway).succeedsWithin(TestServer.SOON).isEqualTo(-1);
            assertThat(PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(options().socket())))
                    .isEqualTo("rw-------");
            try (SocketChannel next = askVerdict()) {
                assertThat(answer(next))
                        .succeedsWithin(TestServer.SOON)
                        .satisfies(bytes -> assertThat(bytes).isPositive());
            }
        } finally {
            server.stop(TestServer.SOON);
        }
    }

    @Test
    void serverThatStopsBeforeItAcceptsTurnsAwayWhoWaitsAndRemovesTheFile() throws IOException {
        UnixSocketServer server = server(options());
        server.bind(null);
        try (SocketChannel client = askVerdict()) {
            CompletableFuture<Integer> answer = answer(client);

            server.stop(TestServer.SOON);
            server.accept();

            assertThat(answer).succeedsWithin(TestServer.SOON).isEqualTo(-1);
        }
        assertThat(options().socket()).doesNotExist();
    }
}
