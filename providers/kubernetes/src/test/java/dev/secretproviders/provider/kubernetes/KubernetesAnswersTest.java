package dev.secretproviders.provider.kubernetes;

import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.provider.shared.AnswerTable;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The result of each answer, by the table in the documentation. */
final class KubernetesAnswersTest {
    static List<AnswerTable.Row> rows() throws IOException {
        return AnswerTable.rows("kubernetes");
    }

    @ParameterizedTest
    @MethodSource("rows")
    void answerIsTakenForWhatTheTableSays(AnswerTable.Row row) throws Exception {
        try (ApiServer cluster = new ApiServer();
                SecretProvider provider = TestProviders.create(
                        new KubernetesProviderFactory(),
                        Map.of("apiserver_addr", cluster.address().toString(), "token", "token-1", "timeout", "30s"))) {
            cluster.answerReads(row);

            row.check(() -> ProviderContract.resolve(provider, "$secret://kubernetes/test/shop/jack/key"));
        }
    }
}
