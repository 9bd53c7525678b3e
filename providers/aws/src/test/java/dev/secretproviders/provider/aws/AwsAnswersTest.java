package dev.secretproviders.provider.aws;

import com.sun.net.httpserver.HttpServer;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.provider.shared.AnswerTable;
import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The result of each answer, by the table in the documentation. */
final class AwsAnswersTest {
    private HttpServer server;
    private volatile AnswerTable.Row answer = new AnswerTable.Row("", 500, "", "", "");

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> answer.send(exchange));
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    static List<AnswerTable.Row> rows() throws IOException {
        return AnswerTable.rows("aws");
    }

    @ParameterizedTest
    @MethodSource("rows")
    void answerIsTakenForWhatTheTableSays(AnswerTable.Row row) throws Exception {
        answer = row;
        try (SecretProvider provider = provider(Map.of())) {
            row.check(() -> ProviderContract.resolve(provider, "$secret://aws/test/jack"));
        }
    }

    /** Also checks the request for the version alone, and the batch for several secrets. */
    @ParameterizedTest
    @MethodSource("rows")
    void answerToEveryQuestionDeniesNothingUnlessItIsTheManagersWord(AnswerTable.Row row) throws Exception {
        answer = row;
        FetchRequest jack = FetchRequest.of(SecretPath.current("jack"), "v1");
        FetchRequest jill = FetchRequest.of(SecretPath.current("jill"), "v1");
        try (SecretProvider provider = provider(Map.of())) {
            row.checkDenial(() ->
                    Objects.requireNonNull(provider.fetch(List.of(jack, jill)).get(jack.path())));
            row.checkDenial(
                    () -> Objects.requireNonNull(provider.fetch(List.of(jack)).get(jack.path())));
        }
    }

    /** An answer of a server in front of STS is no reason to deny secrets, or to report the keys as wrong. */
    @ParameterizedTest
    @MethodSource("rows")
    void answerOfWhatStandsBeforeStsDeniesNothing(AnswerTable.Row row) throws Exception {
        answer = row;
        Map<String, Object> role =
                Map.of("role_arn", "arn:aws:iam::123456789012:role/gateway", "sts_endpoint_url", address());
        AnswerTable.Row none = new AnswerTable.Row(row.what(), row.status(), row.type(), row.body(), "UNAVAILABLE");
        try (SecretProvider provider = provider(role)) {
            if (row.type().equals("text/html") && row.status() < 429 && row.status() != 302) {
                none.check(() -> ProviderContract.resolve(provider, "$secret://aws/test/jack"));
            } else {
                none.checkDenial(() -> ProviderContract.resolve(provider, "$secret://aws/test/jack"));
            }
        }
    }

    private String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private SecretProvider provider(Map<String, ?> more) {
        Map<String, Object> fields = new HashMap<>(more);
        fields.put("endpoint_url", address());
        fields.put("access_key_id", "canary-id");
        fields.put("secret_access_key", "canary-key");
        fields.put("timeout", "10s");
        return TestProviders.create(new AwsProviderFactory(), fields);
    }
}
