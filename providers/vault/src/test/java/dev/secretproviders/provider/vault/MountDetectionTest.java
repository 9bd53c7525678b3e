package dev.secretproviders.provider.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A Vault behind a proxy that allows only secrets: the version of the engine is found by trying. */
final class MountDetectionTest {
    private static final String REFERENCE = "$secret://vault/test/jack/key";
    private static final String FORBIDDEN = "{\"errors\": [\"permission denied\"]}";
    private static final String NOTHING = "{\"errors\": []}";

    private record Canned(int status, String body) {}

    private final Map<String, Canned> answers = new ConcurrentHashMap<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private SecretProvider provider;

    @BeforeEach
    void start() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/", exchange -> {
            String path = exchange.getRequestURI().getPath().substring("/v1/".length());
            asked.add(path);
            Canned canned = answers.getOrDefault(path, new Canned(403, FORBIDDEN));
            byte[] body = canned.body().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(canned.status(), body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        answers.put(
                "auth/token/lookup-self",
                new Canned(200, "{\"data\": {\"ttl\": 0, \"renewable\": false, \"policies\": []}}"));
        provider = TestProviders.create(
                new VaultProviderFactory(),
                Map.of(
                        "uri", "http://127.0.0.1:" + server.getAddress().getPort(),
                        "token", "t",
                        "prefix", "kv/apisix"));
    }

    @AfterEach
    void stop() {
        provider.close();
        server.stop(0);
    }

    @Test
    void secondVersionIsRecognisedByItsMetadataAndRemembered() throws Exception {
        answers.put("kv/data/apisix/jack", new Canned(200, """
                        {"data": {"data": {"key": "one"}, "metadata": {"version": 1, "created_time": "2026-01-01T00:00:00Z"}}}"""));
        assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
        asked.clear();

        assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
        assertThat(asked).containsExactly("kv/data/apisix/jack");
    }

    @Test
    void firstVersionIsRecognisedWhereTheSecondDoesNotAnswer() throws Exception {
        answers.put("kv/apisix/jack", new Canned(200, "{\"data\": {\"key\": \"one\"}}"));

        assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
    }

    @Test
    void secretThatNeitherVersionKnowsIsMissing() throws Exception {
        answers.put("kv/data/apisix/jack", new Canned(404, NOTHING));
        answers.put("kv/apisix/jack", new Canned(404, NOTHING));

        assertThat(ProviderContract.resolve(provider, REFERENCE)).isInstanceOf(FetchResult.Missing.class);
    }

    @Test
    void secretThatMayNotBeReadEitherWayIsAPermissionProblem() {
        assertThatThrownBy(() -> ProviderContract.resolve(provider, REFERENCE))
                .isInstanceOfSatisfying(
                        ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.PERMISSION));
    }

    @Test
    void tokenThatVaultDoesNotKnowIsNotTakenForAPermissionProblem() {
        answers.put("auth/token/lookup-self", new Canned(403, FORBIDDEN));

        assertThatThrownBy(() -> ProviderContract.resolve(provider, REFERENCE))
                .isInstanceOfSatisfying(
                        ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.AUTHENTICATION));
    }
}
