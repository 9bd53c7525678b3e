package dev.secretproviders.provider.vault;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.secretproviders.peers.HttpReply;
import dev.secretproviders.peers.OpenBao;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.provider.shared.AnswerTable;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The result of each answer, by the table in the documentation; and that OpenBao's own answers match the table. */
final class VaultAnswersTest {
    private static final String REFERENCE = "$secret://vault/test/jack/key";
    private static final AnswerTable.Row LOOKUP = json("{\"data\": {\"ttl\": 0, \"renewable\": false}}");
    private static final AnswerTable.Row MOUNT =
            json("{\"data\": {\"path\": \"kv/\", \"type\": \"kv\", \"options\": {\"version\": \"2\"}}}");

    private HttpServer server;
    private SecretProvider provider;
    private volatile AnswerTable.Row answer = LOOKUP;
    private volatile boolean everywhere;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::serve);
        server.start();
        provider = provider("http://127.0.0.1:" + server.getAddress().getPort(), "canary-token", "kv");
    }

    @AfterEach
    void stop() {
        provider.close();
        server.stop(0);
    }

    private void serve(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (everywhere || path.startsWith("/v1/kv/data/")) {
            answer.send(exchange);
        } else {
            (path.endsWith("lookup-self") ? LOOKUP : MOUNT).send(exchange);
        }
    }

    static List<AnswerTable.Row> rows() throws IOException {
        return AnswerTable.rows("vault");
    }

    @ParameterizedTest
    @MethodSource("rows")
    void answerIsTakenForWhatTheTableSays(AnswerTable.Row row) throws Exception {
        answer = row;

        row.check(() -> ProviderContract.resolve(provider, REFERENCE));
    }

    /** As when a whole host is redirected: neither the token nor the engine can be looked up. */
    @ParameterizedTest
    @MethodSource("rows")
    void answerToEveryQuestionDeniesNothingUnlessItIsVaultsWord(AnswerTable.Row row) throws Exception {
        answer = row;
        everywhere = true;

        row.checkDenial(() -> ProviderContract.resolve(provider, REFERENCE));
    }

    /** So that it cannot be read, and the credential is refused. */
    @Test
    void limitThatIsAListOrAnObjectIsKeptAsText() throws Exception {
        answer = json("""
                {"data": {"data": {"key": "one", "expires_at": ["1000"], "disabled": {"a": true}, "other": [1]},
                 "metadata": {"version": 1, "created_time": "2026-11-29T12:00:00Z"}}}
                """);

        assertThat(ProviderContract.value(provider, "$secret://vault/test/jack/expires_at"))
                .isEqualTo("[\"1000\"]");
        assertThat(ProviderContract.value(provider, "$secret://vault/test/jack/disabled"))
                .isEqualTo("{\"a\":true}");
        assertThat(ProviderContract.value(provider, "$secret://vault/test/jack/other"))
                .isNull();
    }

    @Test
    void openBaoAnswersAsTheTableSays() throws Exception {
        try (OpenBao bao = OpenBao.start()) {
            bao.kvPut("secret", 2, "deleted", Map.of("key", "one"));
            bao.kvDelete("secret", 2, "deleted");
            bao.kvPut("secret", 2, "destroyed", Map.of("key", "one"));
            bao.http("PUT", "/v1/secret/destroy/destroyed", "{\"versions\": [1]}");

            assertLikeRow(bao, "no such secret", "secret/data/nobody");
            assertLikeRow(bao, "a version that was deleted", "secret/data/deleted");
            assertLikeRow(bao, "a version that was destroyed", "secret/data/destroyed");
            assertLikeRow(bao, "no engine there", "nowhere/a");
            assertLikeRow(bao, "a version 2 engine, asked as version 1", "secret/deleted");
        }
    }

    /** Checks that the row equals the real answer, apart from texts. */
    private static void assertLikeRow(OpenBao bao, String what, String path) throws IOException {
        AnswerTable.Row row = rows().stream()
                .filter(one -> one.what().equals(what))
                .findFirst()
                .orElseThrow();
        HttpReply real = bao.http("GET", "/v1/" + path, null);
        JsonNode shape = JsonMapper.shared().readTree(row.body());
        assertThat(real.status()).as(what).isEqualTo(row.status());
        assertThat(real.json().has("errors")).as(what).isEqualTo(shape.has("errors"));
        for (String list : List.of("errors", "warnings")) {
            assertThat(real.json().path(list).size())
                    .as(what + ": " + list)
                    .isEqualTo(shape.path(list).size());
        }
        assertThat(real.json().at("/data/metadata/destroyed")).as(what).isEqualTo(shape.at("/data/metadata/destroyed"));
    }

    private static AnswerTable.Row json(String body) {
        return new AnswerTable.Row("", 200, "application/json", body, "");
    }

    private static SecretProvider provider(String uri, String token, String prefix) {
        return TestProviders.create(
                new VaultProviderFactory(), Map.of("uri", uri, "token", token, "prefix", prefix, "timeout", "5s"));
    }
}
