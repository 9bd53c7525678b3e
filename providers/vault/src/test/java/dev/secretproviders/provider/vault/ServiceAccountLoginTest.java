package dev.secretproviders.provider.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.KubeApiServer;
import dev.secretproviders.peers.OpenBao;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.provider.shared.ProjectFile;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The login {@code kubernetes} at a real OpenBao, which asks a real API server about each token (TokenReview). */
@Tag("all")
final class ServiceAccountLoginTest {
    private static final String REFERENCE = "$secret://vault/test/jack/key";

    private static KubeApiServer cluster;
    private static OpenBao bao;

    @TempDir
    private Path temp;

    private Path token;

    @BeforeAll
    static void start() throws Exception {
        cluster = KubeApiServer.start();
        cluster.createNamespace("gateway");
        cluster.createNamespace("elsewhere");
        for (String account : List.of("apisix", "stranger")) {
            cluster.createServiceAccount("gateway", account);
        }
        cluster.createServiceAccount("elsewhere", "apisix");
        cluster.createNamespace("vault");
        cluster.createServiceAccount("vault", "vault");
        cluster.apply(new YAMLMapper().readTree(rightOfThePage()));
        bao = OpenBao.start();
        bao.put(
                "sys/policies/acl/reader",
                Map.of("policy", "path \"secret/data/apisix/*\" { capabilities = [\"read\"] }"));
        bao.kvPut("secret", 2, "apisix/jack", Map.of("key", "one"));
        bao.put("sys/auth/kubernetes", Map.of("type", "kubernetes"));
        bao.put(
                "auth/kubernetes/config",
                Map.of(
                        "kubernetes_host",
                        cluster.uri().toString(),
                        "kubernetes_ca_cert",
                        Files.readString(cluster.caFile()),
                        "disable_local_ca_jwt",
                        true,
                        "token_reviewer_jwt",
                        cluster.issueToken("vault", "vault", 3_600)));
        for (Map<String, String> audience : List.of(Map.<String, String>of(), Map.of("audience", "vault"))) {
            Map<String, Object> role = new HashMap<>(Map.of(
                    "bound_service_account_names", "apisix",
                    "bound_service_account_namespaces", "gateway",
                    "token_policies", "reader"));
            role.putAll(audience);
            bao.put("auth/kubernetes/role/" + (audience.isEmpty() ? "runner" : "audience"), role);
        }
    }

    @AfterAll
    static void stop() {
        bao.close();
        cluster.close();
    }

    @BeforeEach
    void nameFile() {
        token = temp.resolve("token");
    }

    @Test
    void serviceAccountOfTheRoleLogsIn() throws Exception {
        Files.writeString(token, cluster.issueToken("gateway", "apisix", 600));

        try (SecretProvider provider = provider("runner")) {
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
        }
    }

    @Test
    void otherAccountsAndOtherNamespacesAreRefused() throws Exception {
        for (List<String> stranger : List.of(List.of("gateway", "stranger"), List.of("elsewhere", "apisix"))) {
            Files.writeString(token, cluster.issueToken(stranger.getFirst(), stranger.getLast(), 600));
            assertRefused("runner");
        }
    }

    @Test
    void tokenOfAnAccountThatWasDeletedIsRefusedAndTheNextOneLogsIn() throws Exception {
        cluster.createNamespace("moving");
        cluster.createServiceAccount("moving", "apisix");
        bao.put(
                "auth/kubernetes/role/moving",
                Map.of(
                        "bound_service_account_names", "apisix",
                        "bound_service_account_namespaces", "moving",
                        "token_policies", "reader"));
        Files.writeString(token, cluster.issueToken("moving", "apisix", 600));
        try (SecretProvider provider = provider("moving")) {
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
        }

        cluster.delete("/api/v1/namespaces/moving/serviceaccounts/apisix");
        cluster.createServiceAccount("moving", "apisix");

        // The API server remembers for ten seconds whom a token belongs to.
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertRefused("moving"));
        Files.writeString(token, cluster.issueToken("moving", "apisix", 600));
        try (SecretProvider provider = provider("moving")) {
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
        }
    }

    @Test
    void roleWithAnAudienceTakesOnlyTokensForIt() throws Exception {
        Files.writeString(token, cluster.issueToken("gateway", "apisix", 600));
        assertRefused("audience");

        Files.writeString(token, cluster.issueToken("gateway", "apisix", 600, "vault"));
        try (SecretProvider provider = provider("audience")) {
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
        }
    }

    /** Returns what the documentation grants to Vault. */
    private static String rightOfThePage() throws Exception {
        String page = ProjectFile.text("docs/how-to/managers/vault.md");
        int start = page.indexOf("apiVersion: rbac.authorization.k8s.io/v1");
        return page.substring(start, page.indexOf("```", start));
    }

    private void assertRefused(String role) throws Exception {
        String shown = Files.readString(token);
        try (SecretProvider provider = provider(role)) {
            assertThatThrownBy(() -> ProviderContract.value(provider, REFERENCE))
                    .isInstanceOfSatisfying(
                            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.AUTHENTICATION))
                    .hasNoCause()
                    .hasMessageNotContaining(shown);
        }
    }

    private SecretProvider provider(String role) {
        return TestProviders.create(
                new VaultProviderFactory(),
                Map.of(
                        "uri",
                        bao.uri().toString(),
                        "prefix",
                        "secret/apisix",
                        "auth",
                        Map.of("method", "kubernetes", "role", role, "jwt_file", token.toString())));
    }
}
