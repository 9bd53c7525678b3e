package dev.secretproviders.provider.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.provider.shared.AnswerTable;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tokens that cannot be looked up, and servers that do not support it: secrets are still read. */
final class TokenLookupTest {
    private static final String REFERENCE = "$secret://vault/test/jack/key";
    private static final AnswerTable.Row SECRET = row(200, """
            {"data": {"data": {"key": "one"}, "metadata": {"version": 1, "created_time": "2026-01-01T00:00:00Z"}}}""");
    private static final AnswerTable.Row REFUSED = row(403, "{\"errors\": [\"permission denied\"]}");

    @TempDir
    private Path directory;

    private HttpServer server;
    private final AtomicInteger lookups = new AtomicInteger();
    private volatile AnswerTable.Row lookup = SECRET;
    private volatile AnswerTable.Row login = SECRET;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::serve);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void serve(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (path.endsWith("lookup-self")) {
            lookups.incrementAndGet();
            lookup.send(exchange);
        } else if (path.startsWith("/v1/auth")) {
            login.send(exchange);
        } else {
            (path.equals("/v1/kv/data/jack") ? SECRET : REFUSED).send(exchange);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "404 | {\"errors\": []}",
                "404 | {\"errors\": [\"no handler for route\"]}",
                "404 | <html>Not Found</html>",
                "405 | {\"errors\": [\"unsupported operation\"]}",
                "501 | {\"errors\": [\"not implemented\"]}",
                "400 | {\"errors\": [\"bad\"]}",
                "403 | <html>Forbidden</html>",
                "200 | {}",
                "200 | {\"data\": null}",
                "200 | {\"data\": {}}",
                "200 | {\"data\": {\"id\": \"x\", \"ttl\": null}}",
                "200 | []",
                "200 | <html>Log in</html>"
            })
    void secretsAreReadAndTheLookUpIsAWarning(int status, String body) throws Exception {
        lookup = row(status, body);
        try (SecretProvider provider = withToken()) {
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
            assertThat(lookups)
                    .as("the look-up is not asked for with each secret")
                    .hasValue(1);
            assertThat(provider.warnings()).singleElement().asString().contains("could not be looked up", "" + status);
        }
    }

    /** An answer with only a ttl is enough: absent fields keep their defaults. */
    @Test
    void lookUpWithATtlOnlyIsEnough() throws Exception {
        lookup = row(200, "{\"data\": {\"ttl\": 0}}");
        try (SecretProvider provider = withToken()) {
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
            provider.check();
            assertThat(provider.warnings()).isEmpty();
        }
    }

    @Test
    void checkTellsAnotherServerFromOneThatLacksTheLookUp() throws Exception {
        try (SecretProvider provider = withToken()) {
            lookup = row(404, "{\"errors\": []}");
            provider.check();

            lookup = row(404, "<html>Not Found</html>");
            assertThatThrownBy(provider::check)
                    .isInstanceOfSatisfying(
                            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.INVALID_ANSWER))
                    .hasMessageContaining("check uri");

            lookup = row(200, "{\"data\": {\"ttl\": 0}}");
            provider.check();
            assertThat(provider.warnings()).isEmpty();
        }
    }

    /** A proxy's page says nothing about our credential: it is an outage, and no reason to use another credential. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "403 | <html>Forbidden</html> | UNAVAILABLE",
                "404 | default backend - 404 | UNAVAILABLE",
                "400 | '' | UNAVAILABLE",
                "200 | <html>Log in</html> | UNAVAILABLE",
                "200 | {} | INVALID_ANSWER",
                "200 | {\"auth\": null} | INVALID_ANSWER",
                "400 | {\"errors\": [\"invalid role or secret ID\"]} | AUTHENTICATION",
                "403 | {\"errors\": [\"permission denied\"]} | AUTHENTICATION"
            })
    void logInIsRefusedByVaultOnly(int status, String body, Kind kind) {
        login = row(status, body);
        Map<String, Object> auth =
                Map.of("method", "approle", "role_id", "canary-role", "secret_id", "canary-secret-id");
        try (SecretProvider provider = provider(Map.of("auth", auth))) {
            assertThatThrownBy(() -> ProviderContract.resolve(provider, REFERENCE))
                    .isInstanceOfSatisfying(
                            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                    .hasMessageNotContaining("canary");
        }
    }

    /** The AWS login asks STS before Vault: a server in front of STS cannot judge our role. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200 | <html>Log in</html>",
                "200 | <AssumeRoleWithWebIdentityResponse/>",
                "200 | {}",
                "200 | ''",
                "403 | <html>Forbidden</html>",
                "404 | default backend - 404",
                "502 | <html>Bad Gateway</html>"
            })
    void answerThatIsNotOfStsIsAnOutage(int status, String body) throws Exception {
        login = row(status, body);
        Path token = Files.writeString(directory.resolve("token"), "canary-token");
        Map<String, Object> auth = Map.of(
                "method",
                "aws",
                "role",
                "apisix",
                "role_arn",
                "arn:aws:iam::123456789012:role/gateway",
                "web_identity_token_file",
                token.toString(),
                "sts_endpoint_url",
                "http://127.0.0.1:" + server.getAddress().getPort() + "/v1/auth");
        try (SecretProvider provider = provider(Map.of("auth", auth))) {
            assertThatThrownBy(() -> ProviderContract.resolve(provider, REFERENCE))
                    .isInstanceOfSatisfying(
                            ProviderException.class,
                            e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(Kind.UNAVAILABLE))
                    .hasMessageNotContaining("canary");
        }
    }

    private static AnswerTable.Row row(int status, String body) {
        return new AnswerTable.Row("", status, "application/json", body, "");
    }

    private SecretProvider withToken() {
        return provider(Map.of("token", "canary-token"));
    }

    private SecretProvider provider(Map<String, ?> login) {
        Map<String, Object> fields = new HashMap<>(login);
        fields.put("uri", "http://127.0.0.1:" + server.getAddress().getPort());
        fields.put("prefix", "kv");
        fields.put("timeout", "5s");
        return TestProviders.create(new VaultProviderFactory(), fields);
    }
}
