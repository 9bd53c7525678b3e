package dev.secretproviders.provider.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.secretproviders.peers.OpenBao;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A Vault that cannot be asked causes no denials, and the error gives the reason. */
final class VaultOutageTest {
    private static final String REFERENCE = "$secret://vault/test/jack/key";

    @Test
    void sealedVaultIsUnavailableUntilItIsUnsealed(@TempDir Path data) throws Exception {
        try (OpenBao bao = OpenBao.startPersistent(data)) {
            bao.enableKv("secret", 2);
            bao.kvPut("secret", 2, "jack", Map.of("key", "one"));
            try (SecretProvider provider = provider(bao.uri().toString(), bao.rootToken())) {
                assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");

                bao.seal();
                assertFails(provider, Kind.UNAVAILABLE);

                bao.unseal();
                assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
            }
        }
    }

    @Test
    void vaultThatHangsIsLeftAfterTheTimeout() throws Exception {
        try (OpenBao bao = OpenBao.start();
                SecretProvider provider = provider(bao.uri().toString(), bao.rootToken())) {
            bao.pause();
            long before = System.nanoTime();

            assertFails(provider, Kind.TIMEOUT);

            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(3));
            bao.resume();
        }
    }

    @Test
    void vaultThatIsNotThereIsUnavailable() {
        try (SecretProvider provider = provider("http://127.0.0.1:1", "t")) {
            assertFails(provider, Kind.UNAVAILABLE);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "429,THROTTLED",
        "500,UNAVAILABLE",
        "502,UNAVAILABLE",
        "503,UNAVAILABLE",
        "473,UNAVAILABLE",
        "307,UNAVAILABLE",
        "418,INVALID_ANSWER",
        "200,INVALID_ANSWER"
    })
    void answerIsMappedByItsStatusAndNeverQuoted(int status, Kind kind) throws Exception {
        HttpServer server = answering(status, "canary-body {");
        try (SecretProvider provider =
                provider("http://127.0.0.1:" + server.getAddress().getPort(), "canary-token")) {
            assertFails(provider, kind);
        } finally {
            server.stop(0);
        }
    }

    @ParameterizedTest
    @CsvSource({"429,THROTTLED", "503,UNAVAILABLE"})
    void managerThatSaysWhenToComeBackIsHeard(int status, Kind kind) throws Exception {
        HttpServer server = answering(status, "canary-body {", Map.of("Retry-After", "17"));
        try (SecretProvider provider =
                provider("http://127.0.0.1:" + server.getAddress().getPort(), "canary-token")) {
            assertThatThrownBy(() -> ProviderContract.resolve(provider, REFERENCE))
                    .isInstanceOfSatisfying(ProviderException.class, e -> {
                        assertThat(e.kind()).isEqualTo(kind);
                        assertThat(e.retryAfter()).isEqualTo(Duration.ofSeconds(17));
                        assertThat(e).hasMessageNotContaining("canary").hasNoCause();
                    });
            assertThat(provider.requestsSent()).isEqualTo(1);
        } finally {
            server.stop(0);
        }
    }

    /** OpenBao's own quotas: the only 429 that a real server sends, with a header that has to be switched on. */
    @Test
    void rateLimitOfARealOpenBaoIsHeard() throws Exception {
        try (OpenBao bao = OpenBao.start();
                SecretProvider provider = provider(bao.uri().toString(), bao.rootToken())) {
            bao.kvPut("secret", 2, "jack", Map.of("key", "one"));
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
            bao.put("sys/quotas/config", Map.of("enable_rate_limit_response_headers", true));
            bao.put(
                    "sys/quotas/rate-limit/all",
                    Map.of("rate", 1, "interval", "30s", "block_interval", "60s", "path", "secret/"));
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 5; i++) {
                            ProviderContract.value(provider, REFERENCE);
                        }
                    })
                    .isInstanceOfSatisfying(ProviderException.class, e -> {
                        assertThat(e.kind()).isEqualTo(Kind.THROTTLED);
                        assertThat(e.retryAfter()).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(60));
                    });
        }
    }

    /** The driver's own time limit ends with the first byte. */
    @Test
    void answerThatNeverEndsIsLeftAfterTheTimeout() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 100);
            exchange.getResponseBody().write('{');
            exchange.getResponseBody().flush();
        });
        server.start();
        try (SecretProvider provider =
                provider("http://127.0.0.1:" + server.getAddress().getPort(), "t")) {
            assertFails(provider, Kind.TIMEOUT);
        } finally {
            server.stop(0);
        }
    }

    @Test
    void waitingIsInterruptible() throws Exception {
        try (OpenBao bao = OpenBao.start();
                SecretProvider provider = provider(bao.uri().toString(), bao.rootToken())) {
            bao.pause();
            Thread.currentThread().interrupt();

            assertThatThrownBy(() -> ProviderContract.resolve(provider, REFERENCE))
                    .isInstanceOf(InterruptedException.class);
            bao.resume();
        }
    }

    private static void assertFails(SecretProvider provider, Kind kind) {
        assertThatThrownBy(() -> ProviderContract.resolve(provider, REFERENCE))
                .isInstanceOfSatisfying(
                        ProviderException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasNoCause()
                .asString()
                .doesNotContain("canary");
    }

    private static SecretProvider provider(String uri, String token) {
        return TestProviders.create(
                new VaultProviderFactory(), Map.of("uri", uri, "token", token, "prefix", "secret", "timeout", "500ms"));
    }

    private static HttpServer answering(int status, String body) throws Exception {
        return answering(status, body, Map.of());
    }

    private static HttpServer answering(int status, String body, Map<String, String> headers) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        server.createContext("/", exchange -> {
            headers.forEach(exchange.getResponseHeaders()::set);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        return server;
    }
}
