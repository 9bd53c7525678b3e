package dev.secretproviders.provider.gcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.limits.AllowedFiles;
import dev.secretproviders.limits.Outbound;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.provider.gcp.GoogleCloud.Fault;
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
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.json.JsonMapper;

/** Each way to log in to Google Cloud, with Google's library against {@link GoogleCloud}. */
final class GcpLoginTest {
    private static final String REFERENCE = "$secret://gcp/test/s";
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final ServiceAccountKey KEY = ServiceAccountKey.create();
    private static final ServiceAccountKey OTHER = ServiceAccountKey.create();

    @TempDir
    private Path temp;

    private GoogleCloud cloud;

    @BeforeEach
    void start() throws IOException {
        cloud = new GoogleCloud();
        cloud.expect(KEY.publicKey());
        cloud.addVersion("s", "one".getBytes(StandardCharsets.UTF_8));
    }

    @AfterEach
    void stop() {
        cloud.close();
    }

    @Test
    void keyFileLogsIn() throws Exception {
        try (SecretProvider provider = provider(new GcpIdentity.KeyFile(keyFile(KEY), AllowedFiles.ANY))) {
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
        }
        assertThat(cloud.logins()).isEqualTo(1);
    }

    @Test
    void keyWithEscapedLineBreaksLogsIn() throws Exception {
        String escaped = KEY.pem().replace("\n", "\\n");

        try (SecretProvider provider = provider(serviceAccount(new AtomicReference<>(escaped)))) {
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
        }
    }

    @Test
    void rotatedKeyFileIsReadWhenTheTokenIsRefused() throws Exception {
        Path file = keyFile(KEY);
        try (SecretProvider provider = provider(new GcpIdentity.KeyFile(file, AllowedFiles.ANY))) {
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");

            Files.writeString(file, OTHER.file(cloud.address() + "/token"));
            cloud.expect(OTHER.publicKey());
            cloud.revokeTokens();

            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
        }
    }

    @Test
    void rotatedReferenceIsReadWhenTheLoginIsRefused() throws Exception {
        AtomicReference<String> pem = new AtomicReference<>(OTHER.pem());
        try (SecretProvider provider = provider(serviceAccount(pem))) {
            assertThatThrownBy(provider::check).satisfies(GcpLoginTest::isAuthentication);

            pem.set(KEY.pem());

            provider.check();
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
        }
    }

    @Test
    void keyThatIsNoneIsNamedAndNotQuoted() {
        try (SecretProvider provider = provider(serviceAccount(new AtomicReference<>("canary no key")))) {
            assertThatThrownBy(provider::check)
                    .satisfies(GcpLoginTest::isAuthentication)
                    .hasMessageContaining("private_key of 'runner@p.example'")
                    .hasMessageNotContaining("canary");
        }
    }

    @Test
    void metadataServerLogsIn() throws Exception {
        GcpIdentity nothingElse = new GcpIdentity.ApplicationDefault(null, temp.resolve("none.json"));

        try (SecretProvider provider = provider(nothingElse)) {
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
        }
        assertThat(cloud.logins()).isEqualTo(1);
    }

    @Test
    void machineWithoutServiceAccountIsARefusedLogin() {
        cloud.failLogin(new Fault(404, "not found"));

        try (SecretProvider provider = provider(new GcpIdentity.ApplicationDefault(null, temp.resolve("none.json")))) {
            assertThatThrownBy(provider::check)
                    .satisfies(GcpLoginTest::isAuthentication)
                    .hasMessageContaining("404");
        }
    }

    @Test
    void applicationDefaultCredentialsAreThoseOfTheEnvironment() throws Exception {
        GcpIdentity identity = GcpIdentity.ApplicationDefault.of(
                Map.of("GOOGLE_APPLICATION_CREDENTIALS", keyFile(KEY).toString()));
        GcpIdentity missing = GcpIdentity.ApplicationDefault.of(Map.of(
                "GOOGLE_APPLICATION_CREDENTIALS", temp.resolve("missing.json").toString()));

        try (SecretProvider provider = provider(identity);
                SecretProvider without = provider(missing)) {
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
            assertThatThrownBy(without::check)
                    .satisfies(GcpLoginTest::isAuthentication)
                    .hasMessageContaining("GOOGLE_APPLICATION_CREDENTIALS");
        }
    }

    @Test
    void workloadIdentityExchangesTheTokenOfTheFileAndReadsItAnew() throws Exception {
        Path token = Files.writeString(temp.resolve("token"), "expired-token");
        Path file = Files.writeString(
                temp.resolve("external.json"),
                JsonMapper.builder()
                        .build()
                        .writeValueAsString(Map.of(
                                "type",
                                "external_account",
                                "audience",
                                "//iam.googleapis.com/pool",
                                "subject_token_type",
                                "urn:ietf:params:oauth:token-type:jwt",
                                "token_url",
                                "https://sts.googleapis.com/v1/token",
                                "credential_source",
                                Map.of("file", token.toString()))));
        try (SecretProvider provider = provider(new GcpIdentity.KeyFile(file, AllowedFiles.ANY))) {
            assertThatThrownBy(provider::check)
                    .satisfies(GcpLoginTest::isAuthentication)
                    .hasMessageNotContaining(GoogleCloud.CANARY);

            Files.writeString(token, "cluster-token");
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "400,AUTHENTICATION",
        "401,AUTHENTICATION",
        "403,AUTHENTICATION",
        "429,THROTTLED",
        "500,UNAVAILABLE",
        "503,UNAVAILABLE",
        "0,TIMEOUT"
    })
    void refusedLoginIsToldApartFromAnOutage(int status, Kind kind) throws Exception {
        cloud.failLogin(new Fault(status, status == 0 ? "" : "invalid_grant"));

        try (SecretProvider provider =
                        provider(new GcpIdentity.KeyFile(keyFile(KEY), AllowedFiles.ANY), Duration.ofSeconds(2));
                SecretProvider onGoogle = provider(
                        new GcpIdentity.ApplicationDefault(null, temp.resolve("none.json")), Duration.ofSeconds(2))) {
            for (SecretProvider asked : new SecretProvider[] {provider, onGoogle}) {
                assertThatThrownBy(asked::check)
                        .isInstanceOfSatisfying(
                                ProviderException.class,
                                e -> assertThat(e.kind()).isEqualTo(kind))
                        .hasNoCause()
                        .hasMessageNotContaining(GoogleCloud.CANARY);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SILENT", "TRICKLING"})
    void answerThatNeverEndsIsGivenUpInTimeTogetherWithItsConnection(SlowServer.Manner manner) throws Exception {
        LiveThreads threads = new LiveThreads();
        try (SlowServer slow = new SlowServer(manner)) {
            GcpIdentity slowLogin =
                    new GcpIdentity.ServiceAccount("runner@p.example", () -> Secret.ofUtf8(KEY.pem()), slow.address());
            GcpIdentity soundLogin = new GcpIdentity.KeyFile(keyFile(KEY), AllowedFiles.ANY);
            try (SecretProvider owedAToken = provider(slowLogin, cloud.address(), Duration.ofMillis(500));
                    SecretProvider owedASecret = provider(soundLogin, slow.address(), Duration.ofMillis(500))) {
                for (SecretProvider asked : new SecretProvider[] {owedAToken, owedASecret}) {
                    long start = System.nanoTime();
                    assertThatThrownBy(asked::check)
                            .isInstanceOfSatisfying(
                                    ProviderException.class,
                                    e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT));
                    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
                }
                assertThat(slow.accepted()).isEqualTo(2);
                assertThat(slow.awaitAllClosed(SOON)).isTrue();
                assertThat(threads.awaitNoneWith(SOON, "secretproviders.provider.gcp", "HttpRequestRunnable"))
                        .isEmpty();
            }
        }
    }

    @Test
    void halfAnAnswerIsNoRefusalWhoeverOwesIt() throws Exception {
        LiveThreads threads = new LiveThreads();
        try (SlowServer broken = new SlowServer(SlowServer.Manner.BREAKING_OFF)) {
            GcpIdentity brokenLogin = new GcpIdentity.ServiceAccount(
                    "runner@p.example", () -> Secret.ofUtf8(KEY.pem()), broken.address());
            GcpIdentity soundLogin = new GcpIdentity.KeyFile(keyFile(KEY), AllowedFiles.ANY);
            try (SecretProvider owedAToken = provider(brokenLogin, cloud.address(), Duration.ofSeconds(30));
                    SecretProvider owedASecret = provider(soundLogin, broken.address(), Duration.ofSeconds(30))) {
                assertThatThrownBy(owedAToken::check)
                        .as("Google's library does not report that it was incomplete")
                        .isInstanceOfSatisfying(
                                ProviderException.class,
                                e -> assertThat(e.kind()).isEqualTo(Kind.INVALID_ANSWER))
                        .hasNoCause();
                assertThatThrownBy(owedASecret::check)
                        .isInstanceOfSatisfying(
                                ProviderException.class,
                                e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE))
                        .hasNoCause();
                assertThat(threads.awaitNoneWith(SOON, "secretproviders.provider.gcp"))
                        .isEmpty();
            }
        }
    }

    @Test
    void refusedLoginIsNotTriedAgainWhenTheTimeIsOver() throws Exception {
        cloud.failLogin(new Fault(401, "invalid_grant"));
        cloud.delayLogins(Duration.ofMillis(950));
        try (SecretProvider provider =
                provider(new GcpIdentity.KeyFile(keyFile(KEY), AllowedFiles.ANY), Duration.ofSeconds(1))) {
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
        try (SecretProvider provider = provider(new GcpIdentity.KeyFile(keyFile(KEY), AllowedFiles.ANY))) {
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
            cloud.revokeTokens();
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
        }
        assertThat(threads.awaitNoneWith(SOON, "\"Gax-", "com.google", "secretproviders.provider.gcp"))
                .isEmpty();
    }

    @Test
    void closingEndsFetchesThatAreUnderWay() throws Exception {
        try (SlowServer slow = new SlowServer(SlowServer.Manner.SILENT)) {
            SecretProvider provider = provider(
                    new GcpIdentity.KeyFile(keyFile(KEY), AllowedFiles.ANY), slow.address(), Duration.ofMinutes(1));
            slow.checkClosing(provider, SOON);
        }
    }

    @Test
    void unknownCertificateIsAnOutageUnlessTheCheckIsOff() throws Exception {
        TestCertificate certificate = TestCertificate.create(temp, "google", "EC");
        try (GoogleCloud secure = new GoogleCloud(certificate.serverContext(null))) {
            secure.expect(KEY.publicKey());
            secure.addVersion("s", "one".getBytes(StandardCharsets.UTF_8));
            Map<String, Object> auth = Map.of(
                    "client_email",
                    "runner@p.example",
                    "private_key",
                    KEY.pem(),
                    "project_id",
                    "p",
                    "token_uri",
                    secure.address() + "/token",
                    "entries_uri",
                    secure.address().toString());
            try (SecretProvider strict = TestProviders.create(new GcpProviderFactory(), Map.of("auth_config", auth));
                    SecretProvider lax = TestProviders.create(
                            new GcpProviderFactory(), Map.of("auth_config", auth, "ssl_verify", false))) {
                assertThatThrownBy(strict::check)
                        .isInstanceOfSatisfying(
                                ProviderException.class,
                                e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE))
                        .hasMessageContaining("TLS failed");
                assertThat(ProviderContract.value(lax, REFERENCE)).isEqualTo("one");
            }
        }
    }

    @Test
    void objectsThatCannotWorkAreRefusedWithTheField() throws Exception {
        Path file = keyFile(KEY);
        Map<String, Object> auth = Map.of("client_email", "e", "private_key", "k", "project_id", "p");

        assertThat(TestProviders.problems(new GcpProviderFactory(), Map.of("auth_file", file.toString())))
                .as("as in APISIX: the file names the project")
                .isEmpty();
        assertThat(TestProviders.problems(new GcpProviderFactory(), Map.of()))
                .singleElement()
                .asString()
                .contains("project_id");
        assertThat(TestProviders.problems(
                        new GcpProviderFactory(), Map.of("auth_config", auth, "auth_file", file.toString())))
                .singleElement()
                .asString()
                .contains("auth_file");
        assertThat(TestProviders.problems(
                        new GcpProviderFactory(), Map.of("project_id", "p", "auth_file", temp + "/none.json")))
                .singleElement()
                .asString()
                .contains("auth_file");
        assertThat(TestProviders.problems(
                        new GcpProviderFactory(), Map.of("auth_config", Map.of("project_id", "p", "private_key", "k"))))
                .singleElement()
                .asString()
                .contains("auth_config.client_email");
    }

    private static void isAuthentication(Throwable thrown) {
        assertThat(thrown)
                .isInstanceOfSatisfying(
                        ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.AUTHENTICATION));
    }

    private GcpIdentity serviceAccount(AtomicReference<String> pem) {
        return new GcpIdentity.ServiceAccount(
                "runner@p.example", () -> Secret.ofUtf8(pem.get()), URI.create(cloud.address() + "/token"));
    }

    private Path keyFile(ServiceAccountKey key) throws IOException {
        return Files.writeString(temp.resolve("key.json"), key.file(cloud.address() + "/token"));
    }

    private SecretProvider provider(GcpIdentity identity) {
        return provider(identity, Duration.ofSeconds(30));
    }

    private SecretProvider provider(GcpIdentity identity, Duration timeout) {
        return provider(identity, cloud.address(), timeout);
    }

    private SecretProvider provider(GcpIdentity identity, URI service, Duration timeout) {
        return new GcpProvider(
                new ProviderId("gcp", "test"),
                "p",
                new GcpClient(
                        service,
                        new GcpClient.Login(identity, GcpIdentity.CLOUD_PLATFORM),
                        true,
                        Outbound.UNLIMITED,
                        timeout,
                        cloud::connect));
    }
}
