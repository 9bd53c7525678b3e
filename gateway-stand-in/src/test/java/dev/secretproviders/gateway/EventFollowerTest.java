package dev.secretproviders.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lines are read in any pieces. */
class EventFollowerTest {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final Duration NOT_LONG = Duration.ofMillis(50);

    @TempDir
    private Path directory;

    private ServerSocketChannel server;
    private EventFollower follower;
    private SocketChannel runner;

    @BeforeEach
    void connect() throws IOException {
        Path socket = directory.resolve("events");
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        follower = EventFollower.open(socket);
        runner = server.accept();
    }

    @AfterEach
    void close() throws IOException {
        follower.close();
        runner.close();
        server.close();
    }

    private void tell(String text) throws IOException {
        runner.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void lineThatComesInPiecesIsReadOnceItIsWhole() throws IOException {
        tell("{\"a\":\"\u20ac");
        assertThatThrownBy(() -> follower.readLine(NOT_LONG)).isInstanceOf(SocketTimeoutException.class);
        tell("\"}\nnext\n");
        assertThat(follower.readLine(SOON)).isEqualTo("{\"a\":\"\u20ac\"}");
        assertThat(follower.readLine(NOT_LONG)).isEqualTo("next");
    }

    @Test
    void eventsAreReadPastWhatSaysThatTheStreamLives() throws IOException {
        tell("{\"sequence\":1}\n{\"sequence\":1}\n{\"sequence\":2,\"forget\":[]}\n");
        assertThat(follower.readEvent(SOON)).isEqualTo("{\"sequence\":2,\"forget\":[]}");
        assertThatThrownBy(() -> follower.readEvent(NOT_LONG)).isInstanceOf(SocketTimeoutException.class);
    }

    @Test
    void endOfTheStreamIsTold() throws IOException {
        assertThat(follower.awaitClosed(NOT_LONG)).isFalse();
        tell("half a li");
        runner.close();
        assertThatThrownBy(() -> follower.readLine(SOON)).isInstanceOf(EOFException.class);
        assertThat(follower.awaitClosed(SOON)).isTrue();
    }
}
