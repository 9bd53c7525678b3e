package dev.secretproviders.admin.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.provider.ProviderObject;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.store.Transaction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Objects that stand in the store already, written by this version or by one that took more. */
class StoredObjectTest {
    private static final String CANARY = "c4n4ry-of-a-stored-object";

    @TempDir
    private Path directory;

    private AdminFixture admin;

    @BeforeEach
    void open() throws Exception {
        admin = new AdminFixture(
                directory,
                Map.of("references", Map.of("allow", List.of("$env://APISIX_*", "$secret://file/mounted/vault/*"))));
    }

    @AfterEach
    void close() throws Exception {
        admin.close();
    }

    /** Writes an object as an earlier version did, past the Admin API, and waits until it is in force. */
    private void store(String id, String fields) throws Exception {
        ProviderId provider = ProvidersInScope.named(id);
        Instant now = Instant.parse("2026-01-01T00:00:00Z");
        ProviderObject object = new ProviderObject(provider, Json.parsed(fields), now, now, 0);
        admin.store.commit(Transaction.EMPTY.put(ProviderObject.key(provider), object.stored()));
        await().until(() -> admin.objects.get(provider) != null);
    }

    private ObjectNode fields(String id) throws Exception {
        return Objects.requireNonNull(
                        admin.objects.kept(ProvidersInScope.named(id)).object())
                .fields();
    }

    private List<JsonNode> findings(String kind) {
        return admin.get("/admin/findings?kind=" + kind)
                .expect(200)
                .json()
                .path("list")
                .valueStream()
                .toList();
    }

    @Test
    void anotherSpellingGoesOnMaskedAndNothingOfItIsLost() throws Exception {
        store("vault/old", """
                {'URI': 'http://127.0.0.1:1', 'kvVersion': 'kv-v1', 'Time-Out': '1s', 'Labels': {'Team': 'a'},
                 'Auth': {'Method': 'approle', 'role-id': '%s', 'secretId': '%s'}}""".formatted(CANARY, CANARY));

        JsonNode shown = admin.get("/admin/providers/vault/old").expect(200).json();
        assertThat(shown.path("value").path("auth").toString())
                .isEqualTo("{\"method\":\"approle\",\"role_id\":\"***\",\"secret_id\":\"***\"}");
        assertThat(shown.path("value").path("labels").toString()).isEqualTo("{\"Team\":\"a\"}");
        assertThat(admin.get("/admin/providers").text()).doesNotContain(CANARY);

        admin.patch("/admin/providers/vault/old", "{'desc': 'new'}").expect(200);

        assertThat(fields("vault/old").toString())
                .contains("\"role_id\":\"" + CANARY + "\"")
                .contains("\"secret_id\":\"" + CANARY + "\"")
                .doesNotContain("***");
        admin.patch("/admin/providers/vault/old", "{'uri': 'http://127.0.0.1:2'}")
                .expect(400);
        assertThat(admin.get("/admin/audit").text()).doesNotContain(CANARY);
    }

    @Test
    void writingBackWhatIsShownChangesNothingForEveryManager() throws Exception {
        Path script = Files.writeString(directory.resolve("script.yaml"), "secrets: {}\n");
        Map<String, String> objects = Map.of(
                "env/x", "{'labels': {'a': 'b'}, 'access': [{'consumers': ['jack'], 'labels': {'t': 'x'}}]}",
                "fake/x", "{'script': '" + script + "'}",
                "file/x", "{'directory': '" + directory + "', 'cache': {'ttl': '5s'}}",
                "local/x", "{'versions': 3, 'desc': '', 'budget': {'fetches_per_minute': 100}}",
                "vault/x",
                        "{'uri': 'http://127.0.0.1:1', 'auth': {'method': 'userpass', 'username': 'u',"
                                + " 'password': '" + CANARY + "'}, 'tls': {'verify': true}, 'token': null}",
                "aws/x",
                        "{'access_key_id': '$env://APISIX_ID', 'secret_access_key': '" + CANARY + "',"
                                + " 'session_token': ''}",
                "gcp/x",
                        "{'auth_config': {'client_email': 'e', 'project_id': 'p', 'private_key': '" + CANARY + "',"
                                + " 'scope': ['https://www.googleapis.com/auth/cloud-platform']}}",
                "kubernetes/x", "{'apiserver_addr': 'https://127.0.0.1:1', 'token': '" + CANARY + "', 'watch': false}",
                "azure/x",
                        "{'vault_uri': 'https://v.invalid', 'auth': {'method': 'client_secret', 'tenant_id': 't',"
                                + " 'client_id': 'c', 'client_secret': '" + CANARY + "'}}");
        assertThat(objects.keySet())
                .extracting(id -> id.substring(0, id.indexOf('/')))
                .containsExactlyInAnyOrderElementsOf(admin.objects.registry().managers());

        for (Map.Entry<String, String> entry : objects.entrySet()) {
            String path = "/admin/providers/" + entry.getKey();
            admin.put(path, entry.getValue()).expect(201);
            ObjectNode before = fields(entry.getKey());
            ObjectNode shown = (ObjectNode) admin.get(path).expect(200).json().path("value");
            assertThat(shown.toString()).doesNotContain(CANARY);

            admin.raw(admin.firstToken, "PUT", path, shown.toString()).expect(200);
            admin.patch(path, "{'timeout': '5s'}").expect(200);
            admin.patch(path, "{'timeout': null}").expect(200);

            assertThat(fields(entry.getKey())).as(path).isEqualTo(before);
        }
    }

    @Test
    void whatWasReadOfOneProviderIsNotWrittenToAnother() {
        admin.put("/admin/providers/local/x", "{'id': 'y'}").expect(400);
        admin.put("/admin/providers/local/x", "{'manager': 'vault'}").expect(400);
        admin.put("/admin/providers/local/x", "{'id': 'x', 'origin': ['store']}")
                .expect(400);
        admin.get("/admin/providers/local/x").expect(404);
    }

    @Test
    void referencesToTheRunnersOwnEnvironmentAndFilesAreThoseThatTheConfigurationAllows() throws Exception {
        String operator = admin.token("operator", "");
        admin.fileProvider("mounted", Map.of("x", "a-value"));
        admin.put("/admin/providers/env/alias", "{}").expect(201);
        String path = "/admin/providers/vault/x";
        String object = "{'uri': 'http://127.0.0.1:1', 'token': '%s', 'timeout': '500ms'}";

        for (String refused : List.of(
                "$env://VAULT_TOKEN",
                "$ENV://HOME",
                "$env://APISIX_A/field",
                "$secret://env/process/HOME",
                "$secret://env/alias/APISIX_A",
                "$secret://file/mounted/x",
                "$secret://file/mounted/vault/x/y")) {
            String body = object.formatted(refused);
            assertThat(admin.call(operator, "PUT", path, body).expect(403).text())
                    .contains("token: refers to")
                    .contains("providers.references.allow");
            admin.call(operator, "PUT", path + "?dry_run=true", body).expect(403);
            admin.call(operator, "POST", path.replace("/x", "/any") + "/test", "{'value': " + body + "}")
                    .expect(403);
        }
        for (String allowed : List.of("$env://APISIX_A", "$Env://APISIX_A", "$secret://file/mounted/vault/x")) {
            admin.call(operator, "PUT", path, object.formatted(allowed)).expect(201);
            admin.delete(path).expect(204);
        }
        admin.put(path, object.formatted("$env://VAULT_TOKEN")).expect(201);
        assertThat(admin.call(operator, "PATCH", path, "{'desc': 'kept'}").status())
                .isEqualTo(200);
        admin.call(operator, "PATCH", path, "{'uri': 'http://127.0.0.1:2'}").expect(403);
        assertThat(findings("reference_not_allowed"))
                .singleElement()
                .satisfies(finding ->
                        assertThat(finding.path("message").asString()).contains("token refers to $env://VAULT_TOKEN"));
    }

    @Test
    void whatWasStoredBeforeTheRulesGoesOnWithAFinding() throws Exception {
        store("vault/old", "{'uri': 'http://127.0.0.1:1', 'Token': '$env://VAULT_TOKEN'}");
        store("vault/lost", "{'uri': 'http://127.0.0.1:1', 'token': '***'}");

        assertThat(findings("reference_not_allowed").toString()).contains("providers/vault/old");
        assertThat(findings("lost_secret").toString()).contains("providers/vault/lost", "token holds the mask");
        admin.get("/admin/providers/vault/old/status").expect(200);
        admin.patch("/admin/providers/vault/lost", "{'desc': 'x'}").expect(400);
        admin.patch("/admin/providers/vault/lost", "{'token': 'new'}").expect(200);
        assertThat(findings("lost_secret")).isEmpty();
    }

    @Test
    void importedObjectsFollowTheSameRules() throws Exception {
        String operator = admin.token("operator", "");
        admin.gateway("""
                consumers:
                  - {username: jack, plugins: {key-auth: {key: "$secret://vault/own/jack/key"}}}
                secrets:
                  - {id: vault/own, uri: "http://127.0.0.1:1", prefix: kv, token: "$ENV://VAULT_TOKEN"}
                  - {id: vault/allowed, uri: "http://127.0.0.1:1", prefix: kv, token: "$env://APISIX_TOKEN"}
                  - {id: vault/mask, uri: "http://127.0.0.1:1", prefix: kv, token: "***"}
                """);

        for (String query : List.of("?dry_run=true", "")) {
            JsonNode done = admin.call(operator, "POST", "/admin/import" + query, "")
                    .expect(200)
                    .json();
            assertThat(done.path("list")
                            .valueStream()
                            .map(one -> one.path("key").asString() + " "
                                    + one.path("result").asString()))
                    .containsExactlyInAnyOrder(
                            "/secrets/vault/own skipped",
                            "/secrets/vault/mask skipped",
                            "/secrets/vault/allowed " + (query.isEmpty() ? "imported" : "would_be_imported"));
            assertThat(done.toString()).contains("providers.references.allow");
        }
        // An admin's own right is not for whoever wrote the gateway's object.
        assertThat(admin.post("/admin/import", "").expect(200).text()).doesNotContain("\"imported\"");
        admin.get("/admin/providers/vault/own").expect(404);
        admin.get("/admin/providers/vault/mask").expect(404);
    }
}
