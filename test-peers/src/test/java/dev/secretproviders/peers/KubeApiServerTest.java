package dev.secretproviders.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Tag("all")
class KubeApiServerTest {
    private static KubeApiServer cluster;

    @BeforeAll
    static void start() {
        cluster = KubeApiServer.start();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void isOfTheVersionThatItsModuleNames() {
        assertThat(cluster.http("GET", "/version", null)
                        .json()
                        .path("gitVersion")
                        .asString())
                .isEqualTo("v1.34.0");
    }

    @Test
    void serviceAccountMayDoWhatRolesSay() {
        cluster.createNamespace("rights");
        cluster.createServiceAccount("rights", "reader");
        cluster.putSecret("rights", "known", Map.of("key", "value"));
        String token = cluster.issueToken("rights", "reader", 600);
        try (PeerHttp reader = new PeerHttp(cluster.uri(), cluster.caFile())) {
            Map<String, String> login = Map.of("Authorization", "Bearer " + token);
            assertThat(reader.request("GET", "/api/v1/namespaces/rights/secrets/known", login, null)
                            .status())
                    .isEqualTo(403);

            cluster.apply(json("""
                {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
                 "metadata": {"name": "reader", "namespace": "rights"},
                 "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]}\
                """));
            cluster.apply(json("""
                {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
                 "metadata": {"name": "reader", "namespace": "rights"},
                 "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
                 "subjects": [{"kind": "ServiceAccount", "name": "reader", "namespace": "rights"}]}\
                """));

            // The server learns of a change of its own storage a moment later.
            await().until(() -> reader.answers("/api/v1/namespaces/rights/secrets/known", login, 200));
            assertThat(reader.request("GET", "/api/v1/namespaces/rights/secrets", login, null)
                            .status())
                    .isEqualTo(403);
        }
    }

    @Test
    void objectsOfKindsThatWereJustDefinedAreTaken() {
        cluster.apply(json("""
            {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
             "metadata": {"name": "shelves.example.com"},
             "spec": {"group": "example.com", "scope": "Namespaced", "names": {"kind": "Shelf", "plural": "shelves"},
              "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema":
               {"type": "object", "properties": {"length": {"type": "integer"}}}}}]}}\
            """));

        JsonNode shelf = cluster.apply(
                json("{\"apiVersion\": \"example.com/v1\", \"kind\": \"Shelf\", \"metadata\": {\"name\": \"one\"},"
                        + " \"length\": 7}"));

        assertThat(shelf.path("length").asInt()).isEqualTo(7);
        assertThatThrownBy(() ->
                        cluster.apply(json("{\"apiVersion\": \"example.com/v1\", \"kind\": \"Shelf\", \"metadata\":"
                                + " {\"name\": \"two\"}, \"length\": \"x\"}")))
                .isInstanceOf(PeerFailedException.class)
                .hasMessageContaining("length");
    }

    @Test
    void comesBackWithItsObjectsCertificateAndTokens() throws Exception {
        cluster.createNamespace("kept");
        cluster.createServiceAccount("kept", "account");
        String token = cluster.issueToken("kept", "account", 600);
        String certificate = Files.readString(cluster.caFile());

        cluster.stop();
        assertThatThrownBy(() -> cluster.http("GET", "/readyz", null)).isInstanceOf(PeerFailedException.class);
        cluster.startAgain();

        assertThat(Files.readString(cluster.caFile())).isEqualTo(certificate);
        assertThat(cluster.http("GET", "/api/v1/namespaces/kept", null).status())
                .isEqualTo(200);
        try (PeerHttp account = new PeerHttp(cluster.uri(), cluster.caFile())) {
            assertThat(account.request("GET", "/api/v1/nodes", Map.of("Authorization", "Bearer " + token), null)
                            .status())
                    .isEqualTo(403);
        }
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }
}
