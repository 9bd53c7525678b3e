package dev.secretproviders.app.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.transport.socket.BoundSocket;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The socket is there before the configuration is read as a whole, where the configuration says plainly which one. */
final class EarlySocketTest {
    private static final Map<String, String> NO_VARIABLES = Map.of();

    @TempDir
    private Path directory;

    private Path place() {
        return directory.resolve("runner.sock");
    }

    private Path file(String yaml) throws IOException {
        return Files.writeString(directory.resolve("application.yaml"), yaml);
    }

    private @Nullable BoundSocket open(String yaml, Map<String, String> environment) throws IOException {
        return EarlySocket.open(file(yaml), null, environment);
    }

    private void assertThatClientsCanConnect(@Nullable BoundSocket socket) throws IOException {
        try (BoundSocket _ = Objects.requireNonNull(socket);
                SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(place()))) {
            assertThat(client.isConnected()).isTrue();
        }
        assertThat(place()).doesNotExist();
    }

    @Test
    void isWhereTheFileSays() throws IOException {
        assertThatClientsCanConnect(open("runner: {socket: {path: " + place() + "}}", NO_VARIABLES));
    }

    @Test
    void isWhereTheCommandLineSaysWithoutAnyFile() throws IOException {
        assertThatClientsCanConnect(EarlySocket.open(null, place().toString(), NO_VARIABLES));
    }

    @Test
    void isWhereApisixSays() throws IOException {
        assertThatClientsCanConnect(
                open("runner: {socket: {path: /elsewhere}}", Map.of("APISIX_LISTEN_ADDRESS", "unix:" + place())));
    }

    @Test
    void isWhereTheVariableForTheFieldSays() throws IOException {
        assertThatClientsCanConnect(
                open("runner: {socket: {path: /elsewhere}}", Map.of("RUNNER_SOCKET_PATH", place().toString())));
    }

    @Test
    void hasTheModeThatTheFileSays() throws IOException {
        try (BoundSocket _ = open("runner: {socket: {path: " + place() + ", mode: \"0600\"}}", NO_VARIABLES)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(place())))
                    .isEqualTo("rw-------");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "providers:\nrunner: {socket: {path: PLACE, owner: , group: ''}}",
                "--- # comment\nrunner:\n  event-loops:\n  socket: {path: PLACE}\n...",
                "&all\nrunner: &r {socket: {path: &p PLACE}}\nother: *p"
            })
    void emptyValuesCommentsAndAnchorsDoNotMatter(String yaml) throws IOException {
        assertThatClientsCanConnect(open(yaml.replace("PLACE", place().toString()), NO_VARIABLES));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "---",
                "runner: {socket: {path: PLACE}}\n---\n",
                "runner: {socket: {path: \"\\UFFFFFFFF\"}}",
                "runner: {socket: {path: PLACE, mode: 0660x}}",
                "runner: {socket: {path: PLACE, mode: \"432\"}}",
                "runner: {socket: {path: \"${SOME_VARIABLE}/runner.sock\"}}",
                "runner: {socket: {path: PLACE, mode: \"999\"}}",
                "runner: {socket: {path: PLACE}}\n---\nrunner: {socket: {path: PLACE}}",
                "runner.socket.path: PLACE",
                "runner: {socket: {path: PLACE}}\nrunner.socket.mode: \"0600\"",
                "runner: {socket: {path: PLACE}, socket.mode: \"0600\"}",
                "runner: {socket: {path: PLACE, owner: \"${OWNER}\"}}",
                "runner: {socket: {path: PLACE}}\nspring: {profiles: {active: blue}}",
                "runner: {event-loops: many, socket: {path: PLACE}}",
                "consumers: {source: file}",
                "defaults: &d {path: PLACE}\nrunner: {socket: {<<: *d, path: PLACE}}",
                "defaults: &d {runner: {event-loops: 3}}\n<<: *d\nrunner: {socket: {path: PLACE}}",
                "runner: {socket: {path: PLACE}",
                ""
            })
    void isLeftToWhoeverReadsTheWholeConfigurationIfThereIsAnyDoubt(String yaml) throws IOException {
        assertThat(open(yaml.replace("PLACE", place().toString()), NO_VARIABLES))
                .isNull();
        assertThat(place()).doesNotExist();
    }

    @Test
    void isLeftToSpringIfItReadsFromElsewhereToo() throws IOException {
        assertThat(open(
                        "runner: {socket: {path: " + place() + "}}",
                        Map.of("SPRING_APPLICATION_JSON", "{\"runner\":{\"socket\":{\"mode\":\"0600\"}}}")))
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"RUNNER_EVENT_LOOPS", "RUNNER_EVENTLOOPS"})
    void variablesWorkInBothOfSpringsSpellings(String variable) throws IOException {
        assertThat(open("runner: {socket: {path: " + place() + "}}", Map.of(variable, "none")))
                .isNull();
    }

    @Test
    void isLeftAloneWhileAnotherRunnerListens() throws IOException {
        try (BoundSocket other = open("runner: {socket: {path: " + place() + "}}", NO_VARIABLES)) {
            assertThat(other).isNotNull();
            assertThat(open("runner: {socket: {path: " + place() + "}}", NO_VARIABLES))
                    .isNull();
            assertThat(place()).exists();
        }
    }
}
