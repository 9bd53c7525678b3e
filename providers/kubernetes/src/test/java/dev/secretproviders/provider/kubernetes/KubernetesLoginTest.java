package dev.secretproviders.provider.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.limits.Outbound;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.provider.shared.TestCertificate;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each way to log in to a cluster, over TLS against {@link ApiServer}. */
final class KubernetesLoginTest {
    private static final String REFERENCE = "$secret://kubernetes/test/shop/jack/key";

    @TempDir
    private Path temp;

    private TestCertificate certificate;
    private ApiServer cluster;

    @BeforeEach
    void start() throws Exception {
        certificate = TestCertificate.create(temp, "cluster", "EC");
        cluster = cluster(null);
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void podLogsInWithItsServiceAccountAndFollowsTheTokensFile() throws Exception {
        Path token = Files.writeString(temp.resolve("token"), "token-1\n");
        Files.writeString(temp.resolve("ca.crt"), certificate.certificatePem());
        ClusterSource pod = new ClusterSource.InCluster("127.0.0.1", Integer.toString(cluster.port()), temp);
        try (SecretProvider provider = provider(pod)) {
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");

            Files.writeString(token, "token-2");
            cluster.expect("token-2");

            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
        }
    }

    @Test
    void podFollowsTheAuthoritysFile() throws Exception {
        Files.writeString(temp.resolve("token"), "token-1");
        Files.writeString(
                temp.resolve("ca.crt"),
                TestCertificate.create(temp, "former", "EC").certificatePem());
        ClusterSource pod = new ClusterSource.InCluster("127.0.0.1", Integer.toString(cluster.port()), temp);
        try (SecretProvider provider = provider(pod)) {
            assertThatThrownBy(provider::check).satisfies(e -> isOf(e, Kind.UNAVAILABLE));

            Files.writeString(temp.resolve("ca.crt"), certificate.certificatePem());

            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
        }
    }

    @Test
    void outsideOfAPodItIsSaidWhatToSet() {
        try (SecretProvider provider = TestProviders.create(new KubernetesProviderFactory(Map.of()), Map.of())) {
            assertThatThrownBy(provider::check)
                    .satisfies(e -> isOf(e, Kind.CONFIGURATION))
                    .hasMessageContaining("apiserver_addr or kubeconfig");
        }
    }

    @Test
    void podWithoutServiceAccountIsARefusedLogin() {
        ClusterSource pod = new ClusterSource.InCluster("127.0.0.1", "1", temp.resolve("nothing"));
        try (SecretProvider provider = provider(pod)) {
            assertThatThrownBy(provider::check)
                    .satisfies(e -> isOf(e, Kind.AUTHENTICATION))
                    .hasMessageContaining("automountServiceAccountToken");
        }
    }

    @Test
    void tokensFileOfTheObjectIsFollowed() throws Exception {
        Path ca = Files.writeString(temp.resolve("ca.pem"), certificate.certificatePem());
        Path token = Files.writeString(temp.resolve("t"), "token-0");
        try (SecretProvider provider = TestProviders.create(
                new KubernetesProviderFactory(Map.of()),
                Map.of(
                        "apiserver_addr", cluster.address().toString(),
                        "token_file", token.toString(),
                        "tls", Map.of("ca_file", ca.toString())))) {
            assertThatThrownBy(provider::check).satisfies(e -> isOf(e, Kind.AUTHENTICATION));

            Files.writeString(token, "token-1");
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");

            Files.delete(token);
            assertThatThrownBy(provider::check)
                    .satisfies(e -> isOf(e, Kind.AUTHENTICATION))
                    .hasMessageContaining("token_file");
        }
    }

    @Test
    void unknownCertificateIsAnOutageUnlessTheCheckIsOff() throws Exception {
        Map<String, Object> fields =
                Map.of("apiserver_addr", cluster.address().toString(), "token", "token-1", "timeout", "30s");
        try (SecretProvider strict = TestProviders.create(new KubernetesProviderFactory(Map.of()), fields);
                SecretProvider lax = TestProviders.create(
                        new KubernetesProviderFactory(Map.of()),
                        Map.of(
                                "apiserver_addr", cluster.address().toString(),
                                "token", "token-1",
                                "tls", Map.of("verify", false)))) {
            assertThatThrownBy(strict::check).satisfies(e -> isOf(e, Kind.UNAVAILABLE));
            assertThat(ProviderContract.value(lax, REFERENCE)).isEqualTo("one");
        }
    }

    @Test
    void kubeconfigLogsInWithTheTokenOfItsContextAndIsReadAnew() throws Exception {
        Path file = kubeconfig("token: token-1");
        try (SecretProvider provider = TestProviders.create(
                        new KubernetesProviderFactory(Map.of()), Map.of("kubeconfig", file.toString()));
                SecretProvider other = TestProviders.create(
                        new KubernetesProviderFactory(Map.of()),
                        Map.of("kubeconfig", file.toString(), "context", "other"))) {
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
            assertThatThrownBy(other::check).satisfies(e -> isOf(e, Kind.AUTHENTICATION));

            kubeconfig("token: token-2");
            cluster.expect("token-2");
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
        }
    }

    @Test
    void kubeconfigLogsInWithACertificate() throws Exception {
        TestCertificate client = TestCertificate.create(temp, "client", "RSA");
        cluster.close();
        cluster = cluster(client);
        cluster.expect("");
        Files.writeString(temp.resolve("client.pem"), client.certificatePem());
        Path file = kubeconfig("client-certificate: client.pem\n    client-key-data: " + base64(client.keyPem()));
        try (SecretProvider provider =
                TestProviders.create(new KubernetesProviderFactory(Map.of()), Map.of("kubeconfig", file.toString()))) {
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
        }
    }

    @Test
    void objectsThatCannotWorkAreRefusedWithTheField() throws Exception {
        KubernetesProviderFactory factory = new KubernetesProviderFactory(Map.of());
        Path runsPrograms = kubeconfig("exec: {command: canary-command}");

        assertThat(TestProviders.problems(factory, Map.of("apiserver_addr", "https://127.0.0.1")))
                .singleElement()
                .asString()
                .contains("token");
        assertThat(TestProviders.problems(factory, Map.of("token", "t")))
                .singleElement()
                .asString()
                .contains("apiserver_addr");
        assertThat(TestProviders.problems(
                        factory, Map.of("apiserver_addr", "https://127.0.0.1", "token", "t", "token_file", "/f")))
                .singleElement()
                .asString()
                .contains("token_file");
        assertThat(TestProviders.problems(factory, Map.of("kubeconfig", runsPrograms.toString())))
                .singleElement()
                .asString()
                .contains("'exec'")
                .doesNotContain("canary");
        assertThat(TestProviders.problems(factory, Map.of("kubeconfig", runsPrograms.toString(), "context", "none")))
                .singleElement()
                .asString()
                .contains("context 'none'");
    }

    private ApiServer cluster(@Nullable TestCertificate client) throws Exception {
        ApiServer created = new ApiServer(certificate.serverContext(client), client != null);
        created.put("shop", "jack", Map.of("key", "one"));
        return created;
    }

    private Path kubeconfig(String login) throws Exception {
        return Files.writeString(temp.resolve("kubeconfig"), """
                apiVersion: v1
                kind: Config
                current-context: main
                contexts:
                - name: main
                  context: {cluster: c, user: u, namespace: shop}
                - name: other
                  context: {cluster: c, user: nobody}
                clusters:
                - name: c
                  cluster:
                    server: %s
                    certificate-authority-data: %s
                users:
                - name: nobody
                  user: {token: wrong}
                - name: u
                  user:
                    %s
                """.formatted(
                        cluster.address(), base64(certificate.certificatePem()), login));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static void isOf(Throwable thrown, Kind kind) {
        assertThat(thrown)
                .isInstanceOfSatisfying(
                        ProviderException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    private static SecretProvider provider(ClusterSource source) {
        return new KubernetesProvider(
                new ProviderId("kubernetes", "test"),
                new KubernetesClient(source, Outbound.UNLIMITED, Duration.ofSeconds(30), Duration.ofMinutes(4)),
                "default",
                null);
    }
}
