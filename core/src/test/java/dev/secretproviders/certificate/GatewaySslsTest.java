package dev.secretproviders.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.secretproviders.apisix.AdminApiClient;
import dev.secretproviders.apisix.AdminApiException;
import dev.secretproviders.spi.Secret;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the lists of APISIX's Admin API say about who owns the gateway. */
class GatewaySslsTest {
    private record Reply(int status, String body) {}

    private final Map<String, Reply> replies = new ConcurrentHashMap<>();
    private HttpServer server;
    private GatewaySsls gateway;

    @BeforeEach
    void open() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/apisix/admin/", exchange -> {
            try (exchange) {
                String kind = exchange.getRequestURI().getPath().substring("/apisix/admin/".length());
                Reply reply = replies.getOrDefault(kind, new Reply(200, "{\"total\": 0, \"list\": []}"));
                byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(reply.status(), body.length);
                exchange.getResponseBody().write(body);
            }
        });
        server.start();
        gateway = new GatewaySsls(new AdminApiClient(
                HttpClient.newHttpClient(),
                URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
                Secret.ofUtf8("the-admin-key"),
                Duration.ofSeconds(5)));
    }

    @AfterEach
    void close() {
        gateway.close();
        server.stop(0);
    }

    private void ssl(String labels) {
        replies.put(
                "ssls",
                new Reply(
                        200,
                        "{\"total\": 1, \"list\": [{\"key\": \"/apisix/ssls/shop\", \"value\": {\"id\": \"shop\", \"key\":"
                                + " \"a private key\", \"keys\": [\"another\"], \"labels\": " + labels + "}}]}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\"k8s/app\": \"shop\"", "\"ADC_NAME\": \"shop\"", "\"manager-by\": \"ingress-controller\""})
    void labelsOfARunnersOwnObjectMeanNoOtherOwner(String label) throws Exception {
        ssl("{" + label + ", \"managed-by\": \"secret-providers\", \"secret-providers-digest\": \"d\"}");

        assertThat(gateway.owner(gateway.all())).isNull();

        ssl("{" + label + "}");

        assertThat(gateway.owner(gateway.all())).contains("ssls/shop");
    }

    @Test
    void labelsNamedLikeKeysAreRead() throws Exception {
        ssl("{\"key\": \"blue\", \"keys\": \"two\"}");

        var shown = Objects.requireNonNull(gateway.all().get("shop"));

        assertThat(shown.path("labels").path("key").asString("")).isEqualTo("blue");
        assertThat(shown.path("labels").path("keys").asString("")).isEqualTo("two");
        assertThat(shown.has("key")).isFalse();
        assertThat(shown.has("keys")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 404})
    void kindThatTheGatewayDoesNotHaveSaysNothing(int status) throws Exception {
        replies.put("stream_routes", new Reply(status, "{\"error_msg\": \"stream mode is disabled\"}"));

        assertThat(gateway.owner(Map.of())).isNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {403, 500, 503})
    void listThatCannotBeReadIsNoGatewayWithoutAnOwner(int status) {
        replies.put("routes", new Reply(status, "{\"error_msg\": \"no\"}"));

        assertThatThrownBy(() -> gateway.owner(Map.of()))
                .isInstanceOf(AdminApiException.class)
                .hasMessageContaining("answered " + status);
    }

    @ParameterizedTest
    @ValueSource(strings = {"routes", "ssls"})
    void answerOfAnotherVersionOfTheApiIsRefused(String kind) {
        replies.put(kind, new Reply(200, "{\"count\": \"1\", \"node\": {\"nodes\": {}}}"));

        assertThatThrownBy(() -> gateway.owner(gateway.all()))
                .isInstanceOf(AdminApiException.class)
                .hasMessageContaining("admin_api_version");
    }
}
