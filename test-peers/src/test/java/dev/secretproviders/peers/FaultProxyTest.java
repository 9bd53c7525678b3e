package dev.secretproviders.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FaultProxyTest {
    private HttpServer target;
    private FaultProxy proxy;

    @BeforeEach
    void start() throws IOException {
        target = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        target.createContext("/", exchange -> {
            byte[] body = "hello".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        target.start();
        proxy = FaultProxy.before(
                URI.create("http://127.0.0.1:" + target.getAddress().getPort()));
    }

    @AfterEach
    void close() {
        proxy.close();
        target.stop(0);
    }

    @Test
    void forwardsAtFirst() throws IOException {
        assertThat(exchange(2_000)).startsWith("HTTP/1.1 200").endsWith("hello");
        assertThat(proxy.connections()).isEqualTo(1);
    }

    @Test
    void answersByItselfWhateverTheTargetWouldSay() throws IOException {
        proxy.answer(429, "{\"slow\":1}", "Retry-After: 3");
        assertThat(exchange(2_000))
                .startsWith("HTTP/1.1 429")
                .contains("\r\nRetry-After: 3\r\n")
                .endsWith("\r\n\r\n{\"slow\":1}");

        proxy.forward();
        assertThat(exchange(2_000)).endsWith("hello");
    }

    @Test
    void leadsToAnotherServer() throws IOException {
        try (FaultProxy other = FaultProxy.before(proxy.uri())) {
            other.answer(200, "another");
            proxy.leadTo(other.uri());
            assertThat(exchange(2_000)).endsWith("another");
        }
    }

    @Test
    void refusesAndComesBackOnTheSamePort() throws IOException {
        proxy.refuse();
        assertThatThrownBy(() -> exchange(2_000)).hasMessageContaining("refused");

        proxy.forward();
        assertThat(exchange(2_000)).endsWith("hello");
    }

    @Test
    void refusingResetsOpenConnections() throws IOException {
        proxy.blackHole();
        try (Socket open = connect(100)) {
            send(open);
            assertThatThrownBy(() -> open.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);

            proxy.refuse();
            open.setSoTimeout(2_000);
            assertThatThrownBy(() -> open.getInputStream().read())
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
        }
    }

    @Test
    void blackHoleAcceptsAndIsSilentAndLetsGoLater() throws IOException {
        proxy.blackHole();
        try (Socket socket = connect(200)) {
            send(socket);
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);

            proxy.forward();
            socket.setSoTimeout(2_000);
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .endsWith("hello");
        }
    }

    @Test
    void delaysAnswers() throws IOException {
        proxy.delay(Duration.ofMillis(150));
        long begin = System.nanoTime();
        assertThat(exchange(5_000)).endsWith("hello");
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofMillis(150));
    }

    @Test
    void cutsAnAnswerInTheMiddle() throws IOException {
        proxy.cutAfter(8);
        try (Socket socket = connect(2_000)) {
            send(socket);
            var in = socket.getInputStream();
            assertThatThrownBy(() -> {
                        byte[] seen = in.readAllBytes();
                        throw new UncheckedIOException(new IOException("an orderly end after " + seen.length));
                    })
                    .isInstanceOf(SocketException.class);
        }
    }

    @Test
    void closingEndsItsPort() {
        proxy.close();
        assertThatThrownBy(() -> exchange(2_000)).hasMessageContaining("refused");
    }

    private String exchange(int timeoutMillis) throws IOException {
        try (Socket socket = connect(timeoutMillis)) {
            send(socket);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private Socket connect(int timeoutMillis) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.uri().getPort());
        socket.setSoTimeout(timeoutMillis);
        return socket;
    }

    private static void send(Socket socket) throws IOException {
        socket.getOutputStream()
                .write("GET / HTTP/1.1\r\nHost: peer\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.UTF_8));
    }
}
