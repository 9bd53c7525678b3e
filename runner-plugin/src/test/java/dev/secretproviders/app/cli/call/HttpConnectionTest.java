package dev.secretproviders.app.cli.call;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.spi.Secret;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class HttpConnectionTest {

    @Test
    @Timeout(30)
    void answerThatDoesNotEndIsGivenUp() throws Exception {
        CountDownLatch given = new CountDownLatch(1);
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread half = Thread.ofVirtual().start(() -> answerHalf(server, given));
            URI base = URI.create("http://127.0.0.1:" + server.getLocalPort());
            try (HttpConnection connection =
                    new HttpConnection(base, Secret.ofUtf8("sp_canary"), null, Duration.ofSeconds(1))) {
                assertThatThrownBy(() -> connection.call("GET", "/admin/whoami", null, null))
                        .isInstanceOf(CannotStartException.class)
                        .hasMessage("the Admin API at " + base + " did not answer within 1 s");
            } finally {
                given.countDown();
                half.join();
            }
        }
    }

    private static void answerHalf(ServerSocket server, CountDownLatch until) {
        try (Socket socket = server.accept()) {
            socket.getOutputStream()
                    .write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{".getBytes(StandardCharsets.US_ASCII));
            until.await();
        } catch (IOException e) {
            // The client went away.
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
