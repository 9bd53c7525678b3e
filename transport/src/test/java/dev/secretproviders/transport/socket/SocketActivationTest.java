package dev.secretproviders.transport.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.secretproviders.gateway.RawConnection;
import dev.secretproviders.peers.KeptSockets;
import dev.secretproviders.transport.TestServer;
import dev.secretproviders.transport.UnixSocketServer;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sockets that systemd has opened: the server uses them, and they outlive it. */
final class SocketActivationTest {
    private static final Duration A_START = Duration.ofSeconds(30);
    private static final byte[] KEY = "key-1".getBytes(StandardCharsets.UTF_8);

    @TempDir
    private Path directory;

    private Path place() {
        return directory.resolve("runner.sock");
    }

    private Path events() {
        return directory.resolve("runner.sock.events");
    }

    @BeforeAll
    static void loadTheNativeLibrary() {
        NativeIo.available();
    }

    private List<String> server() {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                ActivatedServer.class.getName(),
                place().toString());
    }

    private static String ask(RawConnection connection) throws IOException {
        return connection.verdict(KEY, A_START);
    }

    @Test
    void systemdsOwnActivatorPassesBothSocketsToTheServer() throws Exception {
        List<String> command = new ArrayList<>(
                List.of("systemd-socket-activate", "-l", place().toString(), "-l", events().toString()));
        command.addAll(server());
        Process activator;
        try {
            activator = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("log").toFile())
                    .start();
        } catch (IOException e) {
            assumeThat(e).as("systemd-socket-activate is installed").isNull();
            return;
        }
        try {
            org.awaitility.Awaitility.await().until(() -> Files.exists(events()));
            // The first connection starts the server. Later ones must not wait for each other.
            try (RawConnection first = RawConnection.open(place());
                    RawConnection second = RawConnection.open(place())) {
                assertThat(ask(second)).contains("user-1");
                assertThat(ask(first)).contains("user-1");
                assertThat(hello()).contains("epoch");
            }
            activator.destroy();
            assertThat(activator.waitFor(A_START)).isTrue();
            assertThat(place()).exists();
            assertThat(events()).exists();
        } finally {
            activator.destroyForcibly();
        }
    }

    private String hello() throws IOException {
        try (SocketChannel follower = SocketChannel.open(UnixDomainSocketAddress.of(events()));
                BufferedReader lines = new BufferedReader(Channels.newReader(follower, StandardCharsets.UTF_8))) {
            return Objects.requireNonNull(lines.readLine());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whoConnectsWhileTheServerIsAwayWaitsForTheNextOne(boolean killed) throws Exception {
        try (KeptSockets kept =
                KeptSockets.start(List.of(place(), events()), server(), Map.of(), directory.resolve("log"))) {
            try (RawConnection before = RawConnection.open(place())) {
                assertThat(ask(before)).contains("user-1");
            }

            kept.restart(killed);

            try (RawConnection meanwhile = RawConnection.open(place())) {
                assertThat(ask(meanwhile)).contains("user-1");
            }
        }
    }

    @Test
    void anotherPathThanThatOfTheConfigurationIsRefused() throws Exception {
        Socket opened = Socket.newSocketDomain();
        try {
            opened.bind(new DomainSocketAddress(place().toFile()));
            opened.listen(8);
            UnixSocketServer server = new UnixSocketServer(
                    TransportOptions.of(directory.resolve("another.sock"))
                            .withPassed(PassedSockets.from(opened.intValue(), 1)),
                    List.of(),
                    List.of(),
                    TestServer::verdict);

            assertThatThrownBy(() -> server.bind(null))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(place().toString())
                    .hasMessageContaining("another.sock");
        } finally {
            opened.close();
        }
    }

    @Test
    void socketWithoutAPathIsRefused() throws Exception {
        Socket opened = Socket.newSocketStream();
        try {
            assertThatThrownBy(() -> PassedSockets.from(opened.intValue(), 1))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("ListenStream=");
        } finally {
            opened.close();
        }
    }

    @Test
    void socketsForAnotherProcessAreLeftAlone() throws Exception {
        assertThat(PassedSockets.of(Map.of("LISTEN_PID", "1", "LISTEN_FDS", "1"))
                        .isEmpty())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "many", "-1", "17", "1000"})
    void numberOfSocketsThatSystemdDoesNotSayIsRefused(String count) {
        String self = Long.toString(ProcessHandle.current().pid());
        assertThatThrownBy(() -> PassedSockets.of(Map.of("LISTEN_PID", self, "LISTEN_FDS", count)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("LISTEN_FDS");
    }
}
