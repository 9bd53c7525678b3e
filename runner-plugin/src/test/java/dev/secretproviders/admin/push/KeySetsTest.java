package dev.secretproviders.admin.push;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWKMatcher;
import com.nimbusds.jose.jwk.JWKSelector;
import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** Keys of a server that does not behave. */
final class KeySetsTest {
    private static final JWKSelector ANY = new JWKSelector(new JWKMatcher.Builder().build());
    private static final int LONGER_THAN_ANY_KEY_SET = 2 << 20;

    private final CountDownLatch over = new CountDownLatch(1);

    /** Serves the first bytes of an answer that claims to be longer. */
    private void ask(Duration within, int length, int sent) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                KeySets keys = new KeySets(within)) {
            server.setExecutor(threads);
            server.createContext("/", exchange -> {
                try (exchange) {
                    exchange.sendResponseHeaders(200, length);
                    exchange.getResponseBody().write(new byte[sent]);
                    exchange.getResponseBody().flush();
                    over.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            server.start();
            try {
                URI address =
                        URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/certs");
                assertTimeoutPreemptively(
                        Duration.ofSeconds(15),
                        () -> assertThatThrownBy(() -> keys.at(address).get(ANY, null))
                                .isInstanceOf(KeySourceException.class));
            } finally {
                over.countDown();
                server.stop(0);
            }
        }
    }

    @Test
    void answerThatStallsAfterItsFirstByteIsGivenUp() throws Exception {
        ask(Duration.ofMillis(300), 100, 1);
    }

    @Test
    void answerWithoutEndIsGivenUpAtOnce() throws Exception {
        ask(Duration.ofMinutes(5), LONGER_THAN_ANY_KEY_SET + 1, LONGER_THAN_ANY_KEY_SET);
    }
}
