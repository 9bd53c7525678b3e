package dev.secretproviders.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.access.Scope;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.session.TestSessions;
import dev.secretproviders.certificate.TestCertificates;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Each endpoint's successful answers fit their published schemas. {@link AdminFixture} checks each answer. */
class AnswerSchemasTest {
    private static final String GATEWAY = """
            consumers:
              - username: jack
                labels: {team: a, custom_id: '7'}
                plugins: {key-auth: {key: $secret://local/own/jack/key}}
              - username: rose
                plugins: {key-auth: {key: short}}
              - username: mary
                plugins: {key-auth: {key: $secret://vault/away/mary/key}}
            routes:
              - id: 1
                uri: /
                plugins: {limit-count: {redis_password: $secret://none/such/key}}
            secrets:
              - id: vault/taken
                uri: http://127.0.0.1:1
                prefix: kv/apisix
                token: a-token
              - id: vault/away
                uri: http://127.0.0.1:2
                prefix: kv/apisix
                token: a-token
              - id: gcp/other
                auth_file: /tmp/x
            """;

    @TempDir
    private Path directory;

    private AdminFixture admin;

    @BeforeEach
    void open() throws Exception {
        admin = new AdminFixture(directory, Map.of("local", Map.of("configured", Map.of())));
    }

    @AfterEach
    void close() throws Exception {
        admin.close();
    }

    @Test
    void eachEndpointAnswersAsItsSchemaSays() throws Exception {
        admin.published().seen().clear();
        providers();
        secrets();
        certificates();
        references();
        tokensAndAudit();
        operations();

        assertThat(admin.published().seen())
                .containsExactlyElementsOf(admin.published().declared());
    }

    private void providers() throws Exception {
        admin.fileProvider("files", Map.of("key", "a-key-in-a-file"));
        admin.put(
                        "/admin/providers/local/own",
                        "{'desc': 'mine', 'labels': {'team': 'a'}, 'access': [{'paths': ['**']}]}")
                .expect(201);
        admin.put("/admin/providers/local/own", "{'budget': {'fetches_per_minute': 0}, 'cache': {'ttl': '30s'}}")
                .expect(200);
        admin.put(
                        "/admin/providers/vault/away",
                        "{'uri': 'http://127.0.0.1:1', 'token': 'a-token', 'timeout': '100ms'}")
                .expect(201);
        admin.patch("/admin/providers/vault/away", "{'max_concurrency': 4}").expect(200);
        admin.patch("/admin/providers/vault/away?dry_run=true", "{'desc': 'away'}")
                .expect(200);
        admin.post("/admin/providers/vault/away/test", "{}").expect(200);
        admin.post("/admin/providers/file/files/test", "{'path': 'key'}").expect(200);
        admin.post("/admin/providers/file/files/test?stream=true", "{}").expect(200);
        admin.get("/admin/providers/file/files/history").expect(200);
        admin.post("/admin/providers/file/files/test", "{'value': {'directory': '/none'}}")
                .expect(200);
        admin.put("/admin/providers/file/gone", "{'directory': '" + directory + "'}")
                .expect(201);
        admin.delete("/admin/providers/file/gone?dry_run=true").expect(200);
        admin.delete("/admin/providers/file/gone").expect(204);
        admin.get("/admin/providers/local/configured").expect(200);
        admin.get("/admin/schemas").expect(200);
        admin.get("/admin/schemas/vault").expect(200);
    }

    private void secrets() {
        admin.put("/admin/secrets/own/jack", "{'fields': {'key': 'a-key-of-jack-in-the-store'}}")
                .expect(201);
        admin.put(
                        "/admin/secrets/own/jack",
                        "{'fields': {'key': 'another-key-of-jack'}, 'expires_at': '2101-01-01T00:00:00Z'}")
                .expect(200);
        admin.patch("/admin/secrets/own/jack", "{'fields': {'user': 'jack'}}").expect(200);
        admin.post("/admin/secrets/own/jack", "{'action': 'generate', 'field': 'key', 'reveal': true}")
                .expect(200);
        admin.post("/admin/secrets/own/jack", "{'action': 'rollback', 'version': 1}")
                .expect(200);
        admin.post("/admin/secrets/own/jack", "{'action': 'destroy', 'version': 2}")
                .expect(200);
        admin.get("/admin/secrets/own/jack").expect(200);
        admin.get("/admin/secrets/own").expect(200);
        admin.put("/admin/secrets/own/old", "{'fields': {'key': 'x'}}").expect(201);
        admin.get("/admin/unused").expect(200);
        admin.delete("/admin/secrets/own/old?dry_run=true").expect(200);
        admin.delete("/admin/secrets/own/old").expect(204);
    }

    private void references() throws Exception {
        admin.gateway(GATEWAY);
        await().untilAsserted(() -> assertThat(
                        admin.get("/admin/consumers/jack").expect(200).text())
                .contains("fresh"));
        assertThat(admin.put(
                                "/admin/providers/local/own?force=true&dry_run=true",
                                "{'access': [{'consumers': ['mary']}]}")
                        .expect(200)
                        .text())
                .contains("broken_references");
        await().untilAsserted(() -> assertThat(admin.get("/admin/providers/vault/away/status")
                        .expect(200)
                        .text())
                .contains("down", "last_error_kind"));
        admin.get("/admin/providers").expect(200);
        assertThat(admin.get("/admin/references").expect(200).text()).contains("unknown_provider", "fresh");
        admin.get("/admin/consumers").expect(200);
        assertThat(admin.get("/admin/providers/local/own/usage").expect(200).text())
                .contains("jack");
        admin.get("/admin/graph?from=consumer/jack&depth=6").expect(200);
        assertThat(admin.get("/admin/findings").expect(200).json().path("total").asInt())
                .isPositive();
        admin.post("/admin/refresh", "{'provider': 'local/own'}").expect(202);
        admin.post("/admin/refresh", "{'reference': '$secret://local/own/unknown/key', 'provider': null}")
                .expect(202);
        admin.post("/admin/refresh", "{'detail-type': 'x', 'source': 'aws.secretsmanager', 'resources': ['arn:x']}")
                .expect(202);
        admin.post("/admin/explain", "{'reference': '$secret://local/own/jack/key'}")
                .expect(200);
        admin.post("/admin/explain", "{'reference': '$secret://vault/away/mary/key'}")
                .expect(200);
        admin.post("/admin/import?dry_run=true", "").expect(200);
        admin.post("/admin/drill", "{'provider': 'local/own'}").expect(202);
        admin.get("/admin/drills").expect(200);
        await().untilAsserted(() ->
                assertThat(admin.get("/admin/drills").expect(200).text()).contains("\"done\"", "seconds"));
        assertThat(admin.get("/admin/rotations").expect(200).text()).contains("\"overlap\":{");
        admin.put("/admin/secrets/own/jack", "{'fields': {'key': 'the-next-key-of-jack'}}")
                .expect(200);
        await().untilAsserted(() -> admin.post("/admin/rotations/end", "{'provider': 'local/own', 'path': 'jack'}")
                .expect(200));
        String revoked = admin.post(
                        "/admin/revoke", "{'reference': '$secret://local/own/jack/key', 'reason': 'leaked'}")
                .expect(200)
                .json()
                .at("/value/id")
                .asString();
        admin.post("/admin/revoke", "{'provider': 'local/own', 'path': 'jack', 'version': 'all', 'unchecked': true}")
                .expect(200);
        admin.get("/admin/revocations").expect(200);
        admin.delete("/admin/revocations/" + revoked).expect(204);
    }

    private void tokensAndAudit() {
        String id = admin.post(
                        "/admin/tokens",
                        "{'name': 'jane', 'roles': ['admin'], 'scope': {'providers': ['vault/*'], 'labels': {'a': 'b'}}}")
                .expect(201)
                .json()
                .at("/value/id")
                .asString();
        admin.get("/admin/tokens").expect(200);
        admin.get("/admin/tokens/" + id).expect(200);
        admin.patch("/admin/tokens/" + id, "{'expires_at': '2030-01-01T00:00:00Z'}")
                .expect(200);
        admin.delete("/admin/tokens/" + id).expect(204);
        admin.get("/admin/whoami").expect(200);
        TestSessions sessions = new TestSessions();
        sessions.add("0a1b", "openid/ada", null, "ada (openid)", Role.VIEWER, Scope.ALL);
        admin.dashboard().serve(sessions);
        admin.get("/admin/sessions").expect(200);
        admin.delete("/admin/sessions/0a1b").expect(204);
        admin.post("/admin/sessions/end", "{'subject': 'openid/ada'}").expect(200);
        admin.post("/admin/login-links", "").expect(201);
        admin.get("/admin/audit?page_size=1000").expect(200);
        admin.get("/admin/audit?page_size=1").expect(200);
        admin.get("/admin/audit/export").expect(200);
        admin.get("/admin/audit/export?format=csv").expect(200);
        admin.get("/admin/access-log?page_size=1000").expect(200);
        admin.get("/admin/access-log/export").expect(200);
        admin.get("/admin/access-log/export?format=csv").expect(200);
        admin.get("/admin/audit/event_types").expect(200);
        admin.get("/admin/audit/verify").expect(200);
        admin.get("/admin/audit/verification").expect(200);
        admin.post("/admin/audit/verification", "").expect(202);
    }

    private void certificates() {
        var made = TestCertificates.good("shop.example.com");
        String path = "/admin/certificates/shop";
        String object =
                "{'snis': ['shop.example.com'], 'delivery': 'adc', 'certificate': '$secret://local/own/tls/crt',"
                        + " 'key': '$secret://local/own/tls/key', 'labels': {'team': 'a'}, 'desc': 'mine'}";
        admin.put(
                        "/admin/secrets/own/tls",
                        "{'fields': {'crt': '" + made.pem().replace("\n", "\\n") + "', 'key': '"
                                + made.key().replace("\n", "\\n") + "'}}")
                .expect(201);
        admin.put(path + "?dry_run=true", object).expect(200);
        admin.put(path, object).expect(201);
        admin.put(path, object).expect(200);
        admin.patch(path, "{'desc': null}").expect(200);
        admin.get(path).expect(200);
        admin.get("/admin/certificates").expect(200);
        admin.get(path + "/adc").expect(200);
        admin.command("POST", path + "/export").expect(200);
        admin.delete(path).expect(204);
    }

    private void operations() {
        admin.get("/admin/status").expect(200);
        admin.get("/admin/overview").expect(200);
        admin.get("/admin/runners").expect(200);
        admin.get("/admin/history").expect(200);
        admin.get("/admin/history/providers").expect(200);
        admin.post("/admin/rekey", "").expect(200);
        admin.post("/admin/backup", "").expect(200);
        admin.post("/admin/compact", "").expect(200);
        admin.post("/admin/reload", "").expect(200);
        admin.get("/admin/openapi.json").expect(200);
        admin.post("/admin/tokens/reset", "").expect(200);
    }

    @Test
    void undeclaredFieldFails() throws Exception {
        ObjectNode document = admin.api.openApi();
        ((ObjectNode) document.at("/components/schemas/Token/properties")).remove("created_by");
        ObjectNode other = document.deepCopy();

        assertThatThrownBy(() -> PublishedSchemas.of(other)
                        .check(
                                "GET",
                                "/admin/tokens",
                                admin.get("/admin/tokens").response()))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("created_by");
    }

    @Test
    void documentFitsTheMetaSchemaOfOpenApi() throws Exception {
        JsonNode document = admin.api.openApi();
        try (InputStream in = getClass().getResourceAsStream("/openapi/schema-3.1-2022-10-07.json")) {
            String schema = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
            assertThat(PublishedSchemas.compile(Json.MAPPER.readTree(schema)).validate(document))
                    .isEmpty();
        }
        var metaSchema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(com.networknt.schema.SchemaLocation.of(SpecificationVersion.DRAFT_2020_12.getDialectId()));
        document.at("/components/schemas")
                .properties()
                .forEach(schema -> assertThat(metaSchema.validate(schema.getValue()))
                        .as(schema.getKey())
                        .isEmpty());
        assertThat(metaSchema.validate(Json.parsed("{'type': 'txt'}"))).isNotEmpty();
    }
}
