package dev.secretproviders.admin.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.admin.finding.Finding;
import dev.secretproviders.admin.finding.Findings;
import dev.secretproviders.admin.finding.KeyFindings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Provider objects over HTTP: written, shown, protected. */
class ProviderLifeTest {
    private static final String FILES = "/admin/providers/file/files";

    @TempDir
    private Path directory;

    private AdminFixture admin;

    @BeforeEach
    void open() throws Exception {
        admin = new AdminFixture(directory);
    }

    @AfterEach
    void close() throws Exception {
        admin.close();
    }

    @Test
    void secretsAreMaskedAndAMaskKeepsThem() {
        String path = "/admin/providers/vault/prod";
        String object = "{'uri': 'http://127.0.0.1:1', 'prefix': 'kv', 'token': '%s'}";
        assertThat(admin.put(path, object.formatted("c4n4ry")).expect(201).text())
                .contains("***")
                .doesNotContain("c4n4ry");

        admin.put(path, object.formatted("***").replace("'kv'", "'other'")).expect(200);

        JsonNode shown = admin.get(path).expect(200).json().path("value");
        assertThat(shown.path("token").asString()).isEqualTo("***");
        assertThat(shown.path("prefix").asString()).isEqualTo("other");
        assertThat(admin.put(path, object.formatted("***").replace("127.0.0.1:1", "127.0.0.1:2"))
                        .expect(400)
                        .text())
                .as("a token is not sent to another host unless it is given again")
                .contains("token");
        admin.put("/admin/providers/vault/new", object.formatted("***")).expect(400);
    }

    @Test
    void etagsKeepWritersApart() throws Exception {
        admin.fileProvider("files", Map.of("key", "a-key-in-a-file"));
        String etag = admin.get(FILES).expect(200).header("ETag");

        String next = admin.patch(FILES, "{'desc': 'one'}", "If-Match", etag)
                .expect(200)
                .header("ETag");
        admin.patch(FILES, "{'desc': 'two'}", "If-Match", etag).expect(412);
        admin.delete(FILES, "If-Match", etag).expect(412);
        admin.put(FILES, "{'directory': '/tmp'}", "If-None-Match", "*").expect(412);

        assertThat(admin.get(FILES).json().path("value").path("desc").asString())
                .isEqualTo("one");
        admin.delete(FILES, "If-Match", next).expect(204);
    }

    @Test
    void patchFollowsRfc7386() throws Exception {
        admin.fileProvider("files", Map.of("key", "a-key-in-a-file"));
        admin.patch(FILES, "{'cache': {'ttl': '5s', 'stale_ttl': '1h'}, 'desc': 'x'}")
                .expect(200);
        admin.patch(FILES, "{'cache': {'ttl': null}, 'desc': null}").expect(200);

        JsonNode value = admin.get(FILES).json().path("value");
        assertThat(value.path("cache").propertyNames()).containsExactly("stale_ttl");
        assertThat(value.has("desc")).isFalse();
    }

    @Test
    void dryRunChangesNothing() throws Exception {
        admin.fileProvider("files", Map.of("key", "a-key-in-a-file"));
        Map<String, Integer> before = admin.stored();

        admin.put(FILES + "?dry_run=true", "{'directory': '/tmp'}").expect(200);
        admin.put("/admin/providers/local/new?dry_run=true", "{}").expect(200);
        admin.delete(FILES + "?dry_run=true").expect(200);
        admin.put(FILES + "?dry_run=true", "{'directory': 5, 'x': 1}").expect(400);

        assertThat(admin.stored()).isEqualTo(before);
    }

    @Test
    void whatIsReferredToIsProtectedUnlessForced() throws Exception {
        admin.fileProvider("files", Map.of("key", "the-key-of-jack-1234"));
        Path empty = Files.createDirectory(directory.resolve("empty"));
        admin.gateway("""
                consumers:
                  - {username: jack, plugins: {key-auth: {key: "$secret://file/files/key"}}}
                routes:
                  - {id: 7, uri: /x, plugins: {jwt-auth: {secret: "$secret://file/files/other"}}}
                """);
        await().untilAsserted(() -> assertThat(state("jack")).isEqualTo("fresh"));

        JsonNode refused =
                admin.patch(FILES, "{'directory': '" + empty + "'}").expect(409).json();
        assertThat(refused.path("references").size()).isEqualTo(1);
        assertThat(refused.path("references").path(0).path("resource_id").asString())
                .isEqualTo("jack");
        assertThat(state("jack")).isEqualTo("fresh");

        JsonNode inUse = admin.delete(FILES).expect(409).json();
        assertThat(inUse.path("references")
                        .valueStream()
                        .map(item -> item.path("resource_type").asString()))
                .containsExactlyInAnyOrder("consumer", "route");

        admin.patch(FILES + "?force=true", "{'directory': '" + empty + "'}").expect(200);
        await().untilAsserted(() -> assertThat(state("jack")).isEqualTo("negative"));
        admin.delete(FILES + "?force=true").expect(204);
        await().untilAsserted(() -> assertThat(state("jack")).isEqualTo("invalid"));
        assertThat(admin.audited())
                .contains(
                        "provider.update.failed provider/file/files",
                        "provider.delete.failed provider/file/files",
                        "provider.update-forced provider/file/files",
                        "provider.delete-forced provider/file/files");
    }

    @Test
    void accessRulesThatShutSomebodyOutAreRefused() throws Exception {
        admin.fileProvider("files", Map.of("key", "the-key-of-jack-1234"));
        admin.gateway("""
                consumers:
                  - {username: jack, plugins: {key-auth: {key: "$secret://file/files/key"}}}
                """);
        await().untilAsserted(() -> assertThat(state("jack")).isEqualTo("fresh"));

        admin.patch(FILES, "{'access': [{'consumers': ['rose'], 'paths': ['**']}]}")
                .expect(409);
        admin.patch(FILES, "{'access': [{'consumers': ['jack'], 'paths': ['key']}]}")
                .expect(200);
        assertThat(state("jack")).isEqualTo("fresh");
    }

    @Test
    void testSaysWhichStepFailed() throws Exception {
        admin.fileProvider("files", Map.of("key", "a-key-in-a-file"));

        assertThat(admin.post(FILES + "/test", "{'path': 'key'}")
                        .expect(200)
                        .json()
                        .path("ok")
                        .asBoolean())
                .isTrue();
        JsonNode missing =
                admin.post(FILES + "/test", "{'path': 'absent'}").expect(200).json();
        assertThat(missing.path("ok").asBoolean()).isFalse();
        assertThat(missing.path("steps").findValuesAsString("step")).isNotEmpty();
        admin.put("/admin/providers/vault/down", "{'uri': 'http://127.0.0.1:1', 'token': 'x', 'timeout': '500ms'}")
                .expect(201);
        JsonNode down =
                admin.post("/admin/providers/vault/down/test", "{}").expect(200).json();
        assertThat(down.path("ok").asBoolean()).isFalse();
        assertThat(down.path("steps").toString()).contains("connect");
    }

    @Test
    void listsAreFilteredAndPaged() {
        for (int i = 0; i < 25; i++) {
            admin.put(
                            "/admin/providers/local/p%02d".formatted(i),
                            "{'labels': {'team': '%s'}}".formatted(i % 2 == 0 ? "a" : "b"))
                    .expect(201);
        }
        JsonNode page = admin.get("/admin/providers?manager=local&page=3&page_size=10")
                .expect(200)
                .json();
        assertThat(page.path("total").asInt()).isEqualTo(25);
        assertThat(page.path("list").size()).isEqualTo(5);
        assertThat(admin.get("/admin/providers?label=team:a")
                        .json()
                        .path("total")
                        .asInt())
                .isEqualTo(13);
        assertThat(admin.get("/admin/providers?search=p07").json().path("total").asInt())
                .isEqualTo(1);
    }

    @Test
    void explainTellsEverythingButTheValue() throws Exception {
        admin.fileProvider("files", Map.of("key", "the-key-of-jack-1234"));
        admin.gateway("""
                consumers:
                  - {username: jack, plugins: {key-auth: {key: "$secret://file/files/key"}}}
                """);
        await().untilAsserted(() -> assertThat(state("jack")).isEqualTo("fresh"));

        JsonNode told = admin.post("/admin/explain", "{'reference': '$secret://file/files/key'}")
                .expect(200)
                .json();

        assertThat(told.path("state").asString()).isEqualTo("fresh");
        assertThat(told.path("path").asString()).isEqualTo("key");
        assertThat(told.has("version")).isTrue();
        assertThat(told.path("next_refresh").isString()).isTrue();
        assertThat(told.path("used_by").path(0).path("resource_id").asString()).isEqualTo("jack");
        assertThat(told.toString()).doesNotContain("the-key-of-jack");
    }

    @Test
    void referencesToNothingAndProvidersThatNothingRefersToAreListed() throws Exception {
        admin.fileProvider("files", Map.of("key", "the-key-of-jack-1234"));
        admin.gateway("""
                consumers:
                  - {username: jack, plugins: {key-auth: {key: "$secret://vault/gone/key"}}}
                """);

        assertThat(admin.get("/admin/references?state=unknown_provider")
                        .json()
                        .path("total")
                        .asInt())
                .isEqualTo(1);
        assertThat(admin.get("/admin/unused").json().path("providers").toString())
                .contains("file/files");
    }

    @Test
    void statusTellsLastSuccessAndLatency() throws Exception {
        admin.fileProvider("files", Map.of("key", "the-key-of-jack-1234"));
        admin.post("/admin/explain", "{'reference': '$secret://file/files/key'}")
                .expect(200);

        JsonNode status =
                admin.get("/admin/providers/file/files/status").expect(200).json();

        assertThat(status.path("state").asString()).isEqualTo("up");
        assertThat(status.path("last_success").isString()).isTrue();
        assertThat(status.path("latency_ms").asDouble()).isPositive();
        assertThat(status.path("last_error").isNull()).isTrue();
    }

    @Test
    void keyThatWasNotRotatedForLongerThanTheLimitIsAFinding() throws Exception {
        admin.put("/admin/providers/local/own", "{}").expect(201);
        admin.put("/admin/secrets/own/jack", "{'fields': {'key': 'a-key-of-16-bytes-or-more'}}")
                .expect(201);
        admin.gateway("""
                consumers:
                  - {username: jack, plugins: {key-auth: {key: "$secret://local/own/jack/key"}}}
                """);
        Duration limit = Duration.ofDays(180);
        Instant now = Instant.now();
        admin.post("/admin/explain", "{'reference': '$secret://local/own/jack/key'}")
                .expect(200);

        assertThat(findings(limit, now.plus(limit).minusSeconds(60))).isEmpty();
        assertThat(findings(limit, now.plus(limit).plusSeconds(60)))
                .extracting(Finding::kind)
                .containsExactly(Finding.Kind.NOT_ROTATED);
        assertThat(findings(Duration.ZERO, now.plus(limit).plusSeconds(60))).isEmpty();
    }

    private List<Finding> findings(Duration limit, Instant now) {
        InstantSource clock = InstantSource.fixed(now);
        return new Findings(admin.resolver, List.of(new KeyFindings(admin.consumers, limit, clock)), clock)
                .all().stream().map(Findings.Found::finding).toList();
    }

    @Test
    void localSecretsThatNothingRefersToAreListed() throws Exception {
        admin.put("/admin/providers/local/own", "{}").expect(201);
        for (String path : List.of("jack", "team/rose", "team", "old/key")) {
            admin.put("/admin/secrets/own/" + path, "{'fields': {'key': 'a-key-of-16-bytes-or-more'}}")
                    .expect(201);
        }
        admin.gateway("""
                consumers:
                  - {username: jack, plugins: {key-auth: {key: "$secret://local/own/jack/key"}}}
                  - {username: rose, plugins: {key-auth: {key: "$secret://local/own/team/rose/key?version=1"}}}
                """);

        var unused = admin.get("/admin/unused").expect(200).json();

        assertThat(unused.path("secrets").values())
                .extracting(JsonNode::asString)
                .containsExactly("local/own/old/key", "local/own/team");
        assertThat(unused.path("providers").toString()).doesNotContain("local/own");
    }

    @Test
    void budgetThatIsTooSmallIsAFindingAndItsUseIsShown() throws Exception {
        admin.put(
                        "/admin/providers/local/own",
                        "{'cache': {'ttl': '1s', 'negative_ttl': '1s', 'stale_ttl': '1s'},"
                                + " 'budget': {'fetches_per_minute': 10}}")
                .expect(201);
        admin.put("/admin/secrets/own/jack", "{'fields': {'key': 'a-key-of-16-bytes-or-more'}}")
                .expect(201);
        admin.gateway("""
                consumers:
                  - {username: jack, plugins: {key-auth: {key: "$secret://local/own/jack/key"}}}
                """);

        await().untilAsserted(() -> {
            JsonNode finding = admin.get("/admin/findings?kind=budget")
                    .expect(200)
                    .json()
                    .path("list")
                    .path(0);
            assertThat(finding.path("subjects").path(0).asString("")).isEqualTo("providers/local/own");
            assertThat(finding.path("message").asString("")).contains("with 10 requests in a minute");
            assertThat(finding.path("remedy").asString("")).contains("budget.fetches_per_minute");
        });
        JsonNode status =
                admin.get("/admin/providers/local/own/status").expect(200).json();
        assertThat(status.path("state").asString("")).isEqualTo("up");
        assertThat(status.path("breaker").asString("")).isEqualTo("closed");
        assertThat(status.path("budget").path("fetches_per_minute").asInt()).isEqualTo(10);
        assertThat(status.path("budget").path("sent_last_minute").asInt()).isBetween(1, 10);
        assertThat(status.path("budget").path("sufficient").asBoolean(true)).isFalse();
    }

    @Test
    void findingsNameWhatShouldNotBe() throws Exception {
        admin.fileProvider(
                "files", Map.of("one", "the-same-key-of-two-1", "two", "the-same-key-of-two-1", "short", "short"));
        admin.gateway("""
                consumers:
                  - {username: jack, plugins: {key-auth: {key: "$secret://file/files/one"}}}
                  - {username: rose, plugins: {key-auth: {key: "$secret://file/files/two"}}}
                  - {username: tim, plugins: {key-auth: {key: "$secret://file/files/short"}}}
                routes:
                  - id: open
                    plugins: {ext-plugin-pre-req: {allow_degradation: true, conf: [{name: secret-key-auth, value: "{}"}]}}
                """);
        await().untilAsserted(() -> {
            JsonNode findings = admin.get("/admin/findings").expect(200).json();
            assertThat(findings.path("list").findValuesAsString("kind"))
                    .containsExactly("shared_key", "degradation", "short_key", "shared_value");
            assertThat(findings.toString()).doesNotContain("the-same-key");
        });
        assertThat(admin.get("/admin/findings?kind=short_key")
                        .json()
                        .path("list")
                        .path(0)
                        .path("subjects")
                        .toString())
                .contains("consumers/tim");
    }

    @Test
    void secretObjectsOfTheGatewayAreImported() throws Exception {
        admin.put("/admin/providers/vault/there", "{'uri': 'http://127.0.0.1:1', 'token': 'x'}")
                .expect(201);
        admin.gateway("""
                consumers:
                  - {username: jack, plugins: {key-auth: {key: "$secret://vault/prod/jack/key"}}}
                secrets:
                  - {id: vault/prod, uri: "http://127.0.0.1:1", prefix: kv/apisix, token: c4n4ry-token}
                  - {id: vault/there, uri: "http://127.0.0.1:1", prefix: kv, token: c4n4ry-token}
                  - {id: aws/main, access_key_id: id, secret_access_key: c4n4ry-key, region: eu-west-1, ssl_verify: true}
                  - {id: gcp/one, auth_file: /x}
                """);

        assertThat(admin.post("/admin/import?dry_run=true", "").expect(200).text())
                .contains("would_be_imported");
        admin.get("/admin/providers/vault/prod").expect(404);
        JsonNode done = admin.post("/admin/import", "").expect(200).json();

        assertThat(done.path("list").findValuesAsString("result"))
                .containsExactly("imported", "skipped", "imported", "skipped");
        assertThat(done.toString()).contains("ssl_verify").doesNotContain("c4n4ry");
        assertThat(admin.get("/admin/providers/vault/prod")
                        .expect(200)
                        .json()
                        .path("value")
                        .path("prefix")
                        .asString())
                .isEqualTo("kv/apisix");
        assertThat(admin.audited()).contains("provider.import apisix/secrets", "provider.create provider/aws/main");
        assertThat(admin.get("/admin/audit").expect(200).text()).doesNotContain("c4n4ry");
    }

    @Test
    void objectThatChangedInTheGatewaySinceItsImportIsShownAndUpdatedOnRequest() throws Exception {
        admin.gateway(secrets("kv/one", "c4n4ry-token", "true"));
        assertThat(admin.post("/admin/import", "").expect(200).text()).contains("\"imported\"");
        admin.patch("/admin/providers/vault/prod", "{'desc': 'ours', 'kv_version': 'kv-v2'}")
                .expect(200);
        JsonNode same = imported("?update=true");
        assertThat(same.path("result").asString()).isEqualTo("skipped");
        assertThat(same.path("drifted").asBoolean(true)).isFalse();
        Map<String, Integer> before = admin.stored();

        admin.gateway(secrets("kv/two", "c4n4ry-other", "false"));
        JsonNode drifted = imported("");
        assertThat(drifted.path("result").asString()).isEqualTo("skipped");
        assertThat(drifted.path("drifted").asBoolean()).isTrue();
        assertThat(drifted.path("differences").toString()).isEqualTo("""
                [{"field":"prefix","here":"kv/one","gateway":"kv/two"},{"field":"token","here":"***","gateway":"***"},\
                {"field":"tls.verify","here":true,"gateway":false}]""");
        assertThat(imported("?update=true&dry_run=true").path("result").asString())
                .isEqualTo("would_be_updated");
        assertThat(admin.stored()).isEqualTo(before);

        JsonNode updated = imported("?update=true");
        assertThat(updated.path("result").asString()).isEqualTo("updated");
        assertThat(updated.toString()).doesNotContain("c4n4ry");
        JsonNode object = admin.get("/admin/providers/vault/prod").json().path("value");
        assertThat(object.path("prefix").asString()).isEqualTo("kv/two");
        assertThat(object.at("/tls/verify").asBoolean(true)).isFalse();
        assertThat(object.path("desc").asString()).isEqualTo("ours");
        assertThat(object.path("kv_version").asString()).isEqualTo("kv-v2");
        assertThat(imported("?update=true").path("drifted").asBoolean(true)).isFalse();
        assertThat(admin.audited()).contains("provider.update provider/vault/prod");
    }

    @Test
    void updateByImportGoesThroughTheChecksOfAnEdit() throws Exception {
        admin.gateway(secrets("kv/one", "a-token", "true"));
        admin.post("/admin/import", "").expect(200);
        admin.gateway(secrets("kv/two", "***", "true"));
        assertThat(imported("?update=true").path("result").asString()).isEqualTo("skipped");
        admin.gateway(secrets("kv/two", "a-token", "\"no\""));
        JsonNode refused = imported("?update=true");

        assertThat(refused.path("result").asString()).isEqualTo("skipped");
        assertThat(refused.path("reason").asString()).contains("tls.verify");
    }

    private JsonNode imported(String query) {
        return admin.post("/admin/import" + query, "").expect(200).json().at("/list/0");
    }

    private static String secrets(String prefix, String token, String verify) {
        return """
                consumers:
                  - {username: jack, labels: {told: "%d"}, plugins: {key-auth: {key: a-key-of-sixteen-bytes}}}
                secrets:
                  - {id: vault/prod, uri: "http://127.0.0.1:1", prefix: "%s", token: "%s", ssl_verify: %s}
                """.formatted(Objects.hash(prefix, token, verify), prefix, token, verify);
    }

    @Test
    void dryRunOfAProviderThatNothingRefersToConnectsToIt() throws Exception {
        JsonNode away = admin.put(
                        "/admin/providers/vault/new?dry_run=true", "{'uri': 'http://127.0.0.1:1', 'token': 'x'}")
                .expect(200)
                .json();
        assertThat(away.path("dry_run").asBoolean()).isTrue();
        assertThat(away.at("/connection/ok").asBoolean(true)).isFalse();
        assertThat(away.at("/connection/failed_step").asString()).isEqualTo("connect");
        assertThat(admin.put("/admin/providers/local/new?dry_run=true", "{}")
                        .expect(200)
                        .json()
                        .at("/connection/ok")
                        .asBoolean())
                .isTrue();
        assertThat(admin.get("/admin/providers").text()).doesNotContain("vault/new");
    }

    private String state(String username) {
        return admin.get("/admin/consumers/" + username)
                .expect(200)
                .json()
                .path("value")
                .path("credentials")
                .path(0)
                .path("state")
                .asString();
    }
}
