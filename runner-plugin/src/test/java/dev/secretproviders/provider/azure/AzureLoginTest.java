package dev.secretproviders.provider.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.crypto.Secret;
import dev.secretproviders.provider.ProviderContract;
import dev.secretproviders.provider.ProviderException;
import dev.secretproviders.provider.ProviderException.Kind;
import dev.secretproviders.provider.SecretProvider;
import dev.secretproviders.provider.TestCertificate;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.reference.ProviderId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each way to log in to Microsoft Entra ID, with Azure's library against {@link KeyVault}. */
final class AzureLoginTest {
    private static final String REFERENCE = "$secret://azure/test/s";
    private static final String ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    @TempDir
    private Path temp;

    private KeyVault vault;

    @BeforeEach
    void start() throws IOException {
        vault = new KeyVault();
        vault.addVersion("s", "one");
    }

    @AfterEach
    void stop() {
        vault.close();
    }

    @Test
    void clientSecretLogsInOnceAndItsRotationIsFollowed() throws Exception {
        AtomicReference<String> secret = new AtomicReference<>("secret-1");
        vault.expect(Map.of("client_id", "application", "client_secret", "secret-1"));
        try (SecretProvider provider = provider(clientSecret(secret))) {
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
            assertThat(vault.logins()).isEqualTo(1);

            secret.set("secret-2");
            vault.expect(Map.of("client_id", "application", "client_secret", "secret-2"));
            vault.revokeTokens();

            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
        }
    }

    @Test
    void certificateSignsTheLogin() throws Exception {
        TestCertificate certificate = TestCertificate.create(temp, "application", "RSA");
        Path file = Files.writeString(temp.resolve("app.pem"), certificate.keyPem() + certificate.certificatePem());
        vault.expect(Map.of("client_id", "application", "client_assertion_type", ASSERTION));
        vault.expectSignature(certificate.certificate().getPublicKey());
        try (SecretProvider provider =
                provider(new AzureIdentity.ClientCertificate(KeyVault.TENANT, "application", file))) {
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
        }
    }

    @Test
    void fileThatIsNoCertificateIsNamedAndNotQuoted() throws Exception {
        Path file = Files.writeString(temp.resolve("app.pem"), "canary");
        try (SecretProvider provider =
                provider(new AzureIdentity.ClientCertificate(KeyVault.TENANT, "application", file))) {
            assertThatThrownBy(provider::check)
                    .satisfies(e -> isOf(e, Kind.AUTHENTICATION))
                    .hasNoCause()
                    .hasMessageNotContaining("canary");
        }
    }

    @Test
    void managedIdentityAsksTheMachine() throws Exception {
        try (SecretProvider provider = provider(new AzureIdentity.ManagedIdentity(null))) {
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
        }
        assertThat(vault.logins()).isEqualTo(1);
    }

    @Test
    void machineWithoutThatIdentityIsARefusedLogin() {
        vault.failLogin(400);
        try (SecretProvider provider = provider(new AzureIdentity.ManagedIdentity("unknown"))) {
            assertThatThrownBy(provider::check)
                    .satisfies(e -> isOf(e, Kind.AUTHENTICATION))
                    .hasNoCause()
                    .hasMessageNotContaining(KeyVault.CANARY);
        }
    }

    @Test
    void workloadIdentityBringsTheClustersTokenAndReadsItAnew() throws Exception {
        Path token = Files.writeString(temp.resolve("token"), "expired-token");
        vault.expect(Map.of(
                "client_id", "application", "client_assertion_type", ASSERTION, "client_assertion", "cluster-token"));
        try (SecretProvider provider =
                provider(new AzureIdentity.WorkloadIdentity(KeyVault.TENANT, "application", token))) {
            assertThatThrownBy(provider::check).satisfies(e -> isOf(e, Kind.AUTHENTICATION));

            Files.writeString(token, "cluster-token");
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "400,AUTHENTICATION",
        "401,AUTHENTICATION",
        "429,THROTTLED",
        "500,UNAVAILABLE",
        "503,UNAVAILABLE",
        "504,TIMEOUT"
    })
    void refusedLoginIsToldApartFromAnOutage(int status, Kind kind) {
        vault.failLogin(status);
        try (SecretProvider provider = provider(clientSecret(new AtomicReference<>("s")))) {
            assertThatThrownBy(provider::check)
                    .satisfies(e -> isOf(e, kind))
                    .hasNoCause()
                    .hasMessageNotContaining(KeyVault.CANARY);
        }
    }

    @Test
    void loginIsTriedAgainAsSoonAsTheOutageEnds() throws Exception {
        try (SecretProvider provider = provider(clientSecret(new AtomicReference<>("s")))) {
            for (int status : new int[] {500, 429, 503}) {
                vault.failLogin(status);
                assertThatThrownBy(provider::check).isInstanceOf(ProviderException.class);
            }

            vault.failLogin(200);

            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
        }
    }

    @Test
    void objectsThatCannotWorkAreRefusedWithTheField() {
        AzureProviderFactory factory = new AzureProviderFactory(Map.of());
        String uri = "https://my-vault.vault.azure.net";

        assertThat(TestProviders.problems(factory, Map.of("vault_uri", uri))).isEmpty();
        assertThat(TestProviders.problems(factory, Map.of("vault_uri", "http://127.0.0.1")))
                .singleElement()
                .asString()
                .contains("vault_uri", "https");
        assertThat(TestProviders.problems(factory, Map.of()))
                .singleElement()
                .asString()
                .contains("vault_uri");
        assertThat(TestProviders.problems(
                        factory,
                        Map.of("vault_uri", uri, "auth", Map.of("method", "client_secret", "client_secret", "s"))))
                .hasSize(2)
                .anySatisfy(problem -> assertThat(problem).contains("auth.tenant_id"))
                .anySatisfy(problem -> assertThat(problem).contains("auth.client_id"));
        assertThat(TestProviders.problems(factory, Map.of("vault_uri", uri, "auth", Map.of("client_secret", "s"))))
                .singleElement()
                .asString()
                .contains("auth.client_secret");
        assertThat(TestProviders.problems(
                        new AzureProviderFactory(Map.of("AZURE_TENANT_ID", "t", "AZURE_CLIENT_ID", "c")),
                        Map.of("vault_uri", uri, "auth", Map.of("method", "workload_identity"))))
                .as("as the webhook of AKS sets them")
                .isEmpty();
    }

    private static void isOf(Throwable thrown, Kind kind) {
        assertThat(thrown)
                .isInstanceOfSatisfying(
                        ProviderException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    private static AzureIdentity clientSecret(AtomicReference<String> secret) {
        return new AzureIdentity.ClientSecret(KeyVault.TENANT, "application", () -> Secret.ofUtf8(secret.get()));
    }

    private SecretProvider provider(AzureIdentity identity) {
        return new AzureProvider(
                new ProviderId("azure", "test"),
                new AzureClient(vault.address(), KeyVault.AUTHORITY, identity, Duration.ofSeconds(30), vault::network),
                InstantSource.system());
    }
}
