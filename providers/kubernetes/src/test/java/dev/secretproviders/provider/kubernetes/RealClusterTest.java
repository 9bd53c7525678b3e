package dev.secretproviders.provider.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.limits.Outbound;
import dev.secretproviders.peers.KubeApiServer;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.provider.shared.ProjectFile;
import dev.secretproviders.provider.shared.TestCertificate;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * The provider at a real API server, as the service account {@code apisix} of the namespace {@code gateway}, with the
 * rights in the documentation. {@link RealClusterWatchTest} has the watches.
 */
@Tag("all")
final class RealClusterTest extends ProviderContract {
    private static final String PAGE = "docs/how-to/managers/kubernetes.md";
    private static final String JACK = "$secret://kubernetes/test/shop/jack/key";

    private static final String ACCOUNT =
            "{\"kind\": \"ServiceAccount\", \"name\": \"apisix\", \"namespace\": \"gateway\"}";

    @TempDir
    private static Path shared;

    private static TestCertificate administrator;
    private static KubeApiServer cluster;

    @TempDir
    private Path temp;

    private Path token;
    private SecretProvider provider;

    @BeforeAll
    static void startCluster() throws Exception {
        administrator = TestCertificate.create(shared, "administrator", "EC");
        cluster = KubeApiServer.startTrusting(administrator.certificatePem());
        cluster.createNamespace("shop");
        cluster.createNamespace("gateway");
        cluster.createServiceAccount("gateway", "apisix");
        for (JsonNode object : ofThePage()) {
            cluster.apply(object);
        }
        // For the contract, whose secrets have other names than those of the page.
        grantTo("contract", ACCOUNT, """
            {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": [
             "found", "first", "second", "nowhere", "unicode", "fields", "rotated", "known", "deleted", "pair", "canary",
             "binary", "large", "held", "immutable"]}\
            """);
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @BeforeEach
    void start() throws Exception {
        token = Files.writeString(temp.resolve("token"), cluster.issueToken("gateway", "apisix", 600));
        provider = provider(token);
        // The server learns of changed rights from its own storage a moment later.
        await().until(() -> "jacks-key".equals(valueOrNull()));
    }

    @AfterEach
    void stop() {
        provider.close();
    }

    @Test
    void rightsOfThePageReachItsSecretsAndNoOthers() throws Exception {
        cluster.putSecret("shop", "other", Map.of("key", "canary"));
        cluster.putSecret("gateway", "jack", Map.of("key", "canary"));

        assertThat(value(provider, JACK)).isEqualTo("jacks-key");
        for (String reference : List.of(
                "$secret://kubernetes/test/shop/other/key",
                // A user who may not read a secret does not learn whether it is there.
                "$secret://kubernetes/test/shop/nothing/key",
                "$secret://kubernetes/test/gateway/jack/key")) {
            assertThat(failure(provider, reference))
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.PERMISSION))
                    .hasMessageContaining("the verb 'get'")
                    .hasMessageNotContaining("canary");
        }
        provider.check();
    }

    @Test
    void tokensFileIsFollowedAndTokenOfADeletedAccountIsRefused() throws Exception {
        cluster.createServiceAccount("gateway", "leaving");
        cluster.putSecret("shop", "found", Map.of("key", "one"));
        Files.writeString(token, cluster.issueToken("gateway", "leaving", 600));
        assertThat(failure(provider, JACK)).satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.PERMISSION));

        cluster.delete("/api/v1/namespaces/gateway/serviceaccounts/leaving");
        // The server remembers for ten seconds whom a token belongs to.
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThatThrownBy(provider::check)
                        .isInstanceOfSatisfying(
                                ProviderException.class,
                                e -> assertThat(e.kind()).isEqualTo(Kind.AUTHENTICATION)));

        Files.writeString(token, cluster.issueToken("gateway", "apisix", 600));
        assertThat(value(provider, JACK)).isEqualTo("jacks-key");
    }

    @Test
    void tokenForAnotherAudienceIsRefused() throws Exception {
        Files.writeString(token, cluster.issueToken("gateway", "apisix", 600, "vault"));

        assertThatThrownBy(provider::check)
                .isInstanceOfSatisfying(
                        ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.AUTHENTICATION))
                .hasMessageNotContaining(Files.readString(token));
    }

    @Test
    void podLogsInWithWhatTheKubeletMounts() throws Exception {
        Files.copy(cluster.caFile(), temp.resolve("ca.crt"));
        ClusterSource pod = new ClusterSource.InCluster(
                "127.0.0.1", Integer.toString(cluster.uri().getPort()), temp);
        try (SecretProvider mounted = new KubernetesProvider(
                new ProviderId("kubernetes", "test"),
                new KubernetesClient(pod, Outbound.UNLIMITED, Duration.ofSeconds(30), Duration.ofMinutes(4)),
                "default",
                null)) {
            assertThat(value(mounted, JACK)).isEqualTo("jacks-key");
        }
    }

    @Test
    void kubeconfigLogsInWithTokenOrCertificate() throws Exception {
        grantTo("administrator", "{\"kind\": \"User\", \"name\": \"administrator\"}", """
            {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}\
            """);
        Files.copy(cluster.caFile(), temp.resolve("ca.crt"));
        Path file = Files.writeString(temp.resolve("kubeconfig"), """
            apiVersion: v1
            kind: Config
            current-context: certificate
            contexts:
            - {name: certificate, context: {cluster: c, user: certificate}}
            - {name: token, context: {cluster: c, user: token}}
            clusters: [{name: c, cluster: {server: "%s", certificate-authority: ca.crt}}]
            users:
            - {name: certificate, user: {client-certificate-data: %s, client-key-data: %s}}
            - {name: token, user: {tokenFile: token}}
            """.formatted(
                        cluster.uri(), base64(administrator.certificatePem()), base64(administrator.keyPem())));
        try (SecretProvider byCertificate = TestProviders.create(
                        new KubernetesProviderFactory(Map.of()), Map.of("kubeconfig", file.toString()));
                SecretProvider byToken = TestProviders.create(
                        new KubernetesProviderFactory(Map.of()),
                        Map.of("kubeconfig", file.toString(), "context", "token"))) {
            await().until(() -> resolve(byCertificate, JACK) instanceof FetchResult.Found);
            assertThat(value(byCertificate, JACK)).isEqualTo("jacks-key");
            assertThat(value(byToken, JACK)).isEqualTo("jacks-key");
        }
    }

    @Test
    void bytesThatAreNoTextArriveUnchanged() throws Exception {
        byte[] bytes = new byte[256];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        cluster.create(
                "/api/v1/namespaces/shop/secrets",
                Map.of(
                        "metadata",
                        Map.of("name", "binary"),
                        "data",
                        Map.of("key", Base64.getEncoder().encodeToString(bytes), "empty", "")));

        FetchResult.Found found = (FetchResult.Found) resolve(provider, "$secret://kubernetes/test/shop/binary/key");

        Secret key = Objects.requireNonNull(found.version().content().value("key"));
        assertThat(key.<byte[]>use(byte[]::clone)).isEqualTo(bytes);
        assertThat(Objects.requireNonNull(found.version().content().value("empty"))
                        .length())
                .isZero();
    }

    @Test
    void secretOfTheLargestSizeIsRead() throws Exception {
        String value = "v".repeat(1_000_000);
        cluster.putSecret("shop", "large", Map.of("key", value));

        assertThat(value(provider, "$secret://kubernetes/test/shop/large/key")).isEqualTo(value);
    }

    @Test
    void secretThatAFinalizerHoldsIsGone() throws Exception {
        cluster.create(
                "/api/v1/namespaces/shop/secrets",
                Map.of(
                        "metadata",
                        Map.of("name", "held", "finalizers", List.of("example.com/hold")),
                        "data",
                        Map.of("key", "dmFsdWU=")));
        assertThat(value(provider, "$secret://kubernetes/test/shop/held/key")).isEqualTo("value");

        cluster.deleteSecret("shop", "held");

        assertThat(resolve(provider, "$secret://kubernetes/test/shop/held/key")).isInstanceOf(FetchResult.Gone.class);
    }

    @Test
    void immutableSecretThatWasReplacedHasAnotherVersion() throws Exception {
        String reference = "$secret://kubernetes/test/shop/immutable/key";
        createImmutable("b25l");
        String version =
                ((FetchResult.Found) resolve(provider, reference)).version().id();

        cluster.deleteSecret("shop", "immutable");
        assertThat(resolve(provider, reference)).isInstanceOf(FetchResult.Missing.class);
        createImmutable("dHdv");

        assertThat(ask(provider, reference, version)).isInstanceOf(FetchResult.Found.class);
        assertThat(value(provider, reference)).isEqualTo("two");
    }

    @Override
    protected SecretProvider provider() {
        return provider;
    }

    @Override
    protected void write(String name, Map<String, String> fields) {
        cluster.putSecret("shop", name.toLowerCase(Locale.ROOT), fields);
    }

    @Override
    protected void delete(String name) {
        cluster.deleteSecret("shop", name.toLowerCase(Locale.ROOT));
    }

    @Override
    protected String reference(String name, String field) {
        return "$secret://kubernetes/test/shop/" + name.toLowerCase(Locale.ROOT) + "/" + field;
    }

    /** Returns the objects that the documentation tells operators to make. */
    static List<JsonNode> ofThePage() throws Exception {
        String page = ProjectFile.text(PAGE);
        String yaml = block(page, "## Create the secret") + "\n---\n" + block(page, "## Grant the least rights");
        return new YAMLMapper()
                .readerFor(JsonNode.class)
                .<JsonNode>readValues(yaml)
                .readAll();
    }

    /** Returns the first block of YAML below a heading. */
    private static String block(String page, String heading) {
        int start = page.indexOf("```yaml\n", page.indexOf("\n" + heading + "\n")) + "```yaml\n".length();
        return page.substring(start, page.indexOf("```", start));
    }

    private static void grantTo(String name, String subject, String rule) {
        for (String object : List.of("""
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
             "metadata": {"name": "%s", "namespace": "shop"}, "rules": [%s]}\
            """.formatted(name, rule), """
                     {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
                      "metadata": {"name": "%s", "namespace": "shop"}, "subjects": [%s],
                      "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "%s"}}\
                     """.formatted(name, subject, name))) {
            cluster.apply(new YAMLMapper().readTree(object));
        }
    }

    private static void createImmutable(String base64) {
        cluster.create(
                "/api/v1/namespaces/shop/secrets",
                Map.of("metadata", Map.of("name", "immutable"), "immutable", true, "data", Map.of("key", base64)));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private String valueOrNull() {
        try {
            return String.valueOf(value(provider, JACK));
        } catch (Exception e) {
            return "";
        }
    }

    private static ProviderException failure(SecretProvider provider, String reference) throws Exception {
        try {
            return resolve(provider, reference) instanceof FetchResult.Failed(ProviderException cause)
                    ? cause
                    : new ProviderException(Kind.INVALID_ANSWER, "it was answered");
        } catch (ProviderException e) {
            return e;
        }
    }

    private static SecretProvider provider(Path token) {
        return TestProviders.create(
                new KubernetesProviderFactory(Map.of()),
                Map.of(
                        "apiserver_addr",
                        cluster.uri().toString(),
                        "token_file",
                        token.toString(),
                        "timeout",
                        "30s",
                        "watch",
                        false,
                        "tls",
                        Map.of("ca_file", cluster.caFile().toString())));
    }
}
