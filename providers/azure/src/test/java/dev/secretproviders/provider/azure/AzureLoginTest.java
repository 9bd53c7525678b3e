package dev.secretproviders.provider.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import com.microsoft.aad.msal4j.ManagedIdentityApplication;
import dev.secretproviders.limits.AllowedFiles;
import dev.secretproviders.limits.Outbound;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.provider.shared.CredentialFile;
import dev.secretproviders.provider.shared.LiveThreads;
import dev.secretproviders.provider.shared.SlowServer;
import dev.secretproviders.provider.shared.TestCertificate;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/** Each way to log in to Microsoft Entra ID, with Azure's library against {@link KeyVault}. */
final class AzureLoginTest {
    private static final String REFERENCE = "$secret://azure/test/s";
    private static final Duration SOON = Duration.ofSeconds(5);
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
                provider(new AzureIdentity.ClientCertificate(KeyVault.TENANT, "application", file, AllowedFiles.ANY))) {
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
        }
    }

    @Test
    void fileThatIsNoCertificateIsNamedAndNotQuoted() throws Exception {
        Path file = Files.writeString(temp.resolve("app.pem"), "canary");
        try (SecretProvider provider =
                provider(new AzureIdentity.ClientCertificate(KeyVault.TENANT, "application", file, AllowedFiles.ANY))) {
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

    /** Microsoft's library keeps the token for the whole process. */
    @Test
    void refusedTokenOfAManagedIdentityIsAskedForAnew() throws Exception {
        try (SecretProvider provider = provider(new AzureIdentity.ManagedIdentity(null))) {
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
            vault.revokeTokens();

            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
            assertThat(vault.logins()).isEqualTo(2);
        }
    }

    @Test
    void closedProviderLeavesNoTokenOfAManagedIdentity() throws Exception {
        try (SecretProvider provider = provider(new AzureIdentity.ManagedIdentity(null))) {
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
            assertThat(ManagedIdentityApplication.getSharedTokenCache().serialize())
                    .contains("token-1");
        }
        assertThat(ManagedIdentityApplication.getSharedTokenCache().serialize()).doesNotContain("token-1");
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
        try (SecretProvider provider = provider(new AzureIdentity.WorkloadIdentity(
                KeyVault.TENANT, "application", new CredentialFile("token_file", token, AllowedFiles.ANY)))) {
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

    @ParameterizedTest
    @EnumSource(names = {"SILENT", "TRICKLING"})
    void answerThatNeverEndsIsGivenUpInTimeTogetherWithItsConnection(SlowServer.Manner manner) throws Exception {
        LiveThreads threads = new LiveThreads();
        try (SlowServer slow = new SlowServer(manner);
                KeyVault slowToken = new KeyVault();
                KeyVault slowVault = new KeyVault();
                SecretProvider owedAToken =
                        provider(slowToken, clientSecret(new AtomicReference<>("s")), Duration.ofMillis(500));
                SecretProvider owedASecret =
                        provider(slowVault, clientSecret(new AtomicReference<>("s")), Duration.ofMillis(500))) {
            slowToken.lead(KeyVault.AUTHORITY.getHost(), slow.address());
            slowVault.lead(slowVault.address().getHost(), slow.address());
            for (SecretProvider asked : new SecretProvider[] {owedAToken, owedASecret}) {
                long start = System.nanoTime();
                assertThatThrownBy(asked::check).satisfies(e -> isOf(e, Kind.TIMEOUT));
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
            }
            assertThat(slow.accepted()).isEqualTo(2);
            assertThat(slow.awaitAllClosed(SOON)).isTrue();
            assertThat(threads.awaitNoneWith(SOON, "secretproviders.provider.azure", "com.microsoft.aad"))
                    .isEmpty();
        }
    }

    @Test
    void halfAnAnswerIsAnOutageWhoeverOwesIt() throws Exception {
        try (SlowServer broken = new SlowServer(SlowServer.Manner.BREAKING_OFF);
                KeyVault brokenToken = new KeyVault();
                KeyVault brokenVault = new KeyVault();
                SecretProvider owedAToken =
                        provider(brokenToken, clientSecret(new AtomicReference<>("s")), Duration.ofSeconds(30));
                SecretProvider owedASecret =
                        provider(brokenVault, clientSecret(new AtomicReference<>("s")), Duration.ofSeconds(30))) {
            brokenToken.lead(KeyVault.AUTHORITY.getHost(), broken.address());
            brokenVault.lead(brokenVault.address().getHost(), broken.address());
            for (SecretProvider asked : new SecretProvider[] {owedAToken, owedASecret}) {
                assertThatThrownBy(asked::check)
                        .satisfies(e -> isOf(e, Kind.UNAVAILABLE))
                        .hasNoCause();
            }
        }
    }

    @Test
    void refusedLoginIsNotTriedAgainWhenTheTimeIsOver() throws Exception {
        vault.failLogin(401);
        vault.delayLogins(Duration.ofMillis(950));
        try (SecretProvider provider =
                provider(vault, clientSecret(new AtomicReference<>("s")), Duration.ofSeconds(1))) {
            assertThatThrownBy(provider::check).isInstanceOf(ProviderException.class);
            long start = System.nanoTime();
            assertThatThrownBy(provider::check).isInstanceOf(ProviderException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .as("two attempts within one limit")
                    .isLessThan(Duration.ofMillis(1_850));
        }
    }

    @Test
    void closedProviderLeavesNoThreads() throws Exception {
        LiveThreads threads = new LiveThreads();
        try (SecretProvider provider = provider(clientSecret(new AtomicReference<>("s")))) {
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
            vault.revokeTokens();
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
            assertThat(threads.with("SelectorManager\""))
                    .as("one client for all logins")
                    .hasSize(1);
        }
        assertThat(threads.awaitNoneWith(
                        SOON, "jdk.internal.net.http", "com.azure", "com.microsoft", "secretproviders.provider.azure"))
                .isEmpty();
    }

    @Test
    void closingEndsFetchesThatAreUnderWay() throws Exception {
        try (SlowServer slow = new SlowServer(SlowServer.Manner.SILENT)) {
            vault.lead(vault.address().getHost(), slow.address());
            SecretProvider provider = provider(vault, clientSecret(new AtomicReference<>("s")), Duration.ofMinutes(1));
            slow.checkClosing(provider, SOON);
        }
    }

    @Test
    void noSecretIsLoggedWhateverLevelIsSet() throws Exception {
        Logger everything = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
        ListAppender<ILoggingEvent> captured = new ListAppender<>();
        captured.start();
        Level usual = everything.getLevel();
        everything.addAppender(captured);
        everything.setLevel(Level.TRACE);
        try (SecretProvider provider = provider(clientSecret(new AtomicReference<>("client-secret-canary")))) {
            vault.addVersion("s", "value-canary");
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("value-canary");
            vault.revokeTokens();
            vault.failLogin(401);
            assertThatThrownBy(provider::check).satisfies(e -> isOf(e, Kind.AUTHENTICATION));
        } finally {
            everything.setLevel(usual);
            everything.detachAppender(captured);
        }

        List<ILoggingEvent> lines = List.copyOf(captured.list);
        assertThat(lines).isNotEmpty();
        for (ILoggingEvent line : lines) {
            IThrowableProxy thrown = line.getThrowableProxy();
            assertThat(line.getFormattedMessage() + (thrown == null ? "" : ThrowableProxyUtil.asString(thrown)))
                    .doesNotContain("client-secret-canary", "value-canary", "Bearer token-", "\"token-1\"");
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
        return provider(vault, identity, Duration.ofSeconds(30));
    }

    private static SecretProvider provider(KeyVault vault, AzureIdentity identity, Duration timeout) {
        return new AzureProvider(
                new ProviderId("azure", "test"),
                new AzureClient(
                        vault.address(), KeyVault.AUTHORITY, identity, Outbound.UNLIMITED, timeout, vault::network),
                InstantSource.system());
    }
}
