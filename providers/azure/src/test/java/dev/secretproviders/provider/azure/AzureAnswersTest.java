package dev.secretproviders.provider.azure;

import dev.secretproviders.limits.Outbound;
import dev.secretproviders.provider.shared.AnswerTable;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The result of each answer, by the table in the documentation. */
final class AzureAnswersTest {
    private static final String REFERENCE = "$secret://azure/test/jack";

    static List<AnswerTable.Row> rows() throws IOException {
        return AnswerTable.rows("azure");
    }

    @ParameterizedTest
    @MethodSource("rows")
    void answerIsTakenForWhatTheTableSays(AnswerTable.Row row) throws Exception {
        try (KeyVault vault = new KeyVault();
                SecretProvider provider = provider(vault)) {
            vault.answerReads(row);

            row.check(() -> ProviderContract.resolve(provider, REFERENCE));
        }
    }

    /** A server in front of the token service cannot judge secrets. */
    @ParameterizedTest
    @MethodSource("rows")
    void answerToALogInDeniesNothing(AnswerTable.Row row) throws Exception {
        AnswerTable.Row none = new AnswerTable.Row(row.what(), row.status(), row.type(), row.body(), "UNAVAILABLE");
        try (KeyVault vault = new KeyVault();
                SecretProvider provider = provider(vault)) {
            vault.answerLogins(row);

            none.checkDenial(() -> ProviderContract.resolve(provider, REFERENCE));
        }
    }

    private static SecretProvider provider(KeyVault vault) {
        AzureIdentity identity =
                new AzureIdentity.ClientSecret(KeyVault.TENANT, "application", () -> Secret.ofUtf8("client-secret"));
        return new AzureProvider(
                new ProviderId("azure", "test"),
                new AzureClient(
                        vault.address(),
                        KeyVault.AUTHORITY,
                        identity,
                        Outbound.UNLIMITED,
                        Duration.ofSeconds(30),
                        vault::network),
                InstantSource.fixed(Instant.parse("2026-11-25T12:00:00Z")));
    }
}
