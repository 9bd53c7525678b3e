package dev.secretproviders.provider.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Batch answers of AWS that moto does not give: an error for each secret, or a refusal of the whole batch. */
final class AwsBatchTest {
    private static final SecretPath A = SecretPath.current("a");
    private static final SecretPath B = SecretPath.current("b");
    private static final String VALUE_A = """
            {"Name": "a", "ARN": "arn:aws:secretsmanager:eu-1:1:secret:a-x", "VersionId": "v1", "SecretString": "canary-a"}""";

    private final List<String> operations = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private SecretProvider provider;
    private String batchAnswer = "{}";
    private int batchStatus = 200;
    private @Nullable String retryAfter;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        provider = TestProviders.create(
                new AwsProviderFactory(),
                Map.of(
                        "endpoint_url",
                                "http://127.0.0.1:" + server.getAddress().getPort(),
                        "access_key_id", "canary-id",
                        "secret_access_key", "canary-key"));
    }

    @AfterEach
    void stop() {
        provider.close();
        server.stop(0);
    }

    @Test
    void oneRequestAnswersForAll() throws Exception {
        batchAnswer = """
                {"SecretValues": [%s], "Errors": [
                  {"SecretId": "b", "ErrorCode": "AccessDeniedException", "Message": "canary-b"}]}""".formatted(VALUE_A);

        Map<SecretPath, FetchResult> results = fetch();

        assertThat(operations).containsExactly("BatchGetSecretValue");
        assertThat(results.get(A)).isInstanceOf(FetchResult.Found.class);
        assertThat(results.get(B))
                .isInstanceOfSatisfying(
                        FetchResult.Failed.class,
                        failed -> assertThat(failed.cause().kind()).isEqualTo(Kind.PERMISSION));
        assertThat(results.toString()).doesNotContain("canary");
    }

    @Test
    void whatABatchDoesNotTellIsAskedForByItself() throws Exception {
        batchAnswer = "{\"SecretValues\": [], \"Errors\": []}";

        assertThat(fetch().get(A)).isInstanceOf(FetchResult.Found.class);
        assertThat(operations).containsExactly("BatchGetSecretValue", "GetSecretValue", "GetSecretValue");
    }

    @Test
    void whoMayNotAskForBatchesAsksOneByOneFromThenOn() throws Exception {
        batchStatus = 400;
        batchAnswer = "{\"__type\": \"AccessDeniedException\", \"Message\": \"canary\"}";

        assertThat(fetch().get(A)).isInstanceOf(FetchResult.Found.class);
        assertThat(provider.batchSize()).isEqualTo(1);
        operations.clear();
        fetch();
        assertThat(operations).containsExactly("GetSecretValue", "GetSecretValue");
    }

    @Test
    void batchSpoiledByOneNameIsAskedForOneByOneThisTime() throws Exception {
        batchStatus = 400;
        batchAnswer = "{\"__type\": \"ValidationException\", \"Message\": \"canary\"}";

        assertThat(fetch().get(A)).isInstanceOf(FetchResult.Found.class);
        assertThat(provider.batchSize()).isEqualTo(20);
    }

    @Test
    void refusalOfTheCredentialIsToldOnce() {
        batchStatus = 400;
        batchAnswer = "{\"__type\": \"UnrecognizedClientException\", \"Message\": \"canary\"}";

        assertThatThrownBy(this::fetch)
                .isInstanceOfSatisfying(
                        ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.AUTHENTICATION))
                .hasNoCause()
                .asString()
                .doesNotContain("canary");
        assertThat(operations).containsOnly("BatchGetSecretValue");
    }

    /** The SDK's default is to retry at once. */
    @ParameterizedTest
    @CsvSource({"400,ThrottlingException,THROTTLED", "429,SomethingElse,THROTTLED", "503,ServiceUnavailable,UNAVAILABLE"
    })
    void serviceThatSaysWhenToComeBackIsHeardAndNotAskedAgain(int status, String code, Kind kind) {
        batchStatus = status;
        batchAnswer = "{\"__type\": \"%s\", \"Message\": \"canary\"}".formatted(code);
        retryAfter = "17";

        assertThatThrownBy(this::fetch).isInstanceOfSatisfying(ProviderException.class, e -> {
            assertThat(e.kind()).isEqualTo(kind);
            assertThat(e.retryAfter()).isEqualTo(Duration.ofSeconds(17));
            assertThat(e).hasMessageNotContaining("canary").hasNoCause();
        });
        assertThat(operations).containsExactly("BatchGetSecretValue");
        assertThat(provider.requestsSent()).isEqualTo(1);
    }

    @Test
    void answerThatIsNoJsonIsNotQuoted() {
        batchAnswer = "canary {";

        assertThatThrownBy(this::fetch)
                .isInstanceOf(ProviderException.class)
                .hasNoCause()
                .asString()
                .doesNotContain("canary");
    }

    @Test
    void keysOfTheDefaultChainAreUsedWhereNoneAreConfigured() throws Exception {
        System.setProperty("aws.accessKeyId", "canary-id");
        System.setProperty("aws.secretAccessKey", "canary-key");
        try (SecretProvider unconfigured = TestProviders.create(
                new AwsProviderFactory(),
                Map.of("endpoint_url", "http://127.0.0.1:" + server.getAddress().getPort()))) {
            assertThat(ProviderContract.value(unconfigured, "$secret://aws/test/a"))
                    .isEqualTo("canary-a");
        } finally {
            System.clearProperty("aws.accessKeyId");
            System.clearProperty("aws.secretAccessKey");
        }
    }

    private Map<SecretPath, FetchResult> fetch() throws ProviderException, InterruptedException {
        return provider.fetch(List.of(FetchRequest.of(A, null), FetchRequest.of(B, null)));
    }

    private void answer(HttpExchange exchange) throws IOException {
        String operation = exchange.getRequestHeaders().getFirst("X-Amz-Target").replace("secretsmanager.", "");
        operations.add(operation);
        boolean batch = operation.equals("BatchGetSecretValue");
        byte[] body = (batch ? batchAnswer : VALUE_A).getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.1");
        if (retryAfter != null) {
            exchange.getResponseHeaders().set("Retry-After", retryAfter);
        }
        exchange.sendResponseHeaders(batch ? batchStatus : 200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
