package dev.secretproviders.provider.gcp;

import dev.secretproviders.provider.shared.AnswerTable;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The result of each answer, by the table in the documentation. */
final class GcpAnswersTest {
    private static final ServiceAccountKey KEY = ServiceAccountKey.create();

    static List<AnswerTable.Row> rows() throws IOException {
        return AnswerTable.rows("gcp");
    }

    @ParameterizedTest
    @MethodSource("rows")
    void answerIsTakenForWhatTheTableSays(AnswerTable.Row row) throws Exception {
        try (GoogleCloud cloud = new GoogleCloud();
                SecretProvider provider = cloud.provider(KEY, "30s")) {
            cloud.expect(KEY.publicKey());
            cloud.answerReads(row);

            row.check(() -> ProviderContract.resolve(provider, "$secret://gcp/test/jack"));
        }
    }

    /** A server in front of the token service cannot judge secrets. */
    @ParameterizedTest
    @MethodSource("rows")
    void answerToALogInDeniesNothing(AnswerTable.Row row) throws Exception {
        AnswerTable.Row none = new AnswerTable.Row(row.what(), row.status(), row.type(), row.body(), "UNAVAILABLE");
        try (GoogleCloud cloud = new GoogleCloud();
                SecretProvider provider = cloud.provider(KEY, "30s")) {
            cloud.expect(KEY.publicKey());
            cloud.answerLogins(row);

            none.checkDenial(() -> ProviderContract.resolve(provider, "$secret://gcp/test/jack"));
        }
    }
}
