package dev.secretproviders.admin.drill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.peers.OpenBao;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Rotation drills: a canary is really rotated, and what came of it is told. */
class DrillResourceTest {
    private static final String WRITES_AND_READS = """
            path "secret/*" { capabilities = ["create", "update", "read"] }""";
    private static final String READS = """
            path "secret/*" { capabilities = ["read"] }""";

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
    void localSecretsAreDrilledWithoutAnyPreparation() throws Exception {
        admin.put("/admin/providers/local/own", "{}").expect(201);

        JsonNode drill = drilled("{'provider': 'local/own'}");

        assertThat(drill.path("state").asString()).as(drill.toString()).isEqualTo("done");
        assertThat(drill.path("seconds").asDouble()).isBetween(0.0, 10.0);
        assertThat(drill.path("previous_accepted").asBoolean()).isTrue();
        assertThat(drill.path("reference").asString()).isEqualTo("$secret://local/own/secret-providers-drill/key");
        assertThat(admin.get("/admin/secrets/own/secret-providers-drill")
                        .expect(200)
                        .text())
                .contains("\"version\":2");
        await().untilAsserted(() ->
                assertThat(admin.audited()).contains("drill $secret://local/own/secret-providers-drill/key"));
    }

    @Test
    void runnerThatHasToNoticeByItselfTakesUpToItsTtlAndOneThatIsToldDoesNot() throws Exception {
        try (OpenBao bao = OpenBao.start()) {
            vault(bao, bao.rootToken(), "60s");
            JsonNode told = drilled("{'provider': 'vault/bao', 'refresh': true}");
            assertThat(told.path("state").asString()).as(told.toString()).isEqualTo("done");
            assertThat(told.path("seconds").asDouble()).isLessThan(15);

            vault(bao, bao.rootToken(), "2s");
            JsonNode noticed = drilled("{'provider': 'vault/bao'}");
            assertThat(noticed.path("state").asString()).as(noticed.toString()).isEqualTo("done");
            assertThat(noticed.path("refresh").asBoolean()).isFalse();

            assertThat(bao.http("GET", "/v1/secret/metadata/drill", null)
                            .json()
                            .at("/data/current_version")
                            .asInt())
                    .as("each drill writes two versions")
                    .isEqualTo(4);
            assertThat(ids())
                    .containsExactly(
                            noticed.path("id").asString(), told.path("id").asString());
        }
    }

    @Test
    void oneDrillAtATimeForEachProvider() throws Exception {
        try (OpenBao bao = OpenBao.start()) {
            vault(bao, bao.rootToken(), "4s");
            admin.post("/admin/drill", "{'provider': 'vault/bao'}").expect(202);

            assertThat(admin.post("/admin/drill", "{'provider': 'vault/bao'}")
                            .expect(409)
                            .text())
                    .contains("a drill of 'vault/bao' is under way");
        }
    }

    @Test
    void drillThatCannotWriteOrReadSaysWhy() throws Exception {
        try (OpenBao bao = OpenBao.start()) {
            vault(bao, token(bao, READS), "2s");
            JsonNode forbidden = drilled("{'provider': 'vault/bao'}");
            assertThat(forbidden.path("state").asString()).isEqualTo("failed");
            assertThat(forbidden.path("problem").asString())
                    .contains("the canary was not written: writing 'secret/drill'", "answered 403");
            assertThat(forbidden.has("seconds")).isFalse();

            vault(bao, token(bao, WRITES_AND_READS), "2s");
            assertThat(drilled("{'provider': 'vault/bao'}").path("state").asString())
                    .isEqualTo("done");

            bao.pause();
            JsonNode silent = drilled("{'provider': 'vault/bao'}");
            bao.resume();
            assertThat(silent.path("state").asString()).isEqualTo("failed");
            await().untilAsserted(
                            () -> assertThat(admin.audited()).contains("drill.failed $secret://vault/bao/drill/key"));
        }
    }

    @Test
    void providerWithoutACanaryIsNeverWrittenTo() throws Exception {
        admin.fileProvider("files", Map.of("key", "a-key-in-a-file"));

        assertThat(admin.post("/admin/drill", "{'provider': 'file/files'}")
                        .expect(409)
                        .text())
                .contains("no drill_path");
        admin.post("/admin/drill", "{'provider': 'file/none'}").expect(404);
        admin.post("/admin/drill", "{'provider': 'nonsense'}").expect(400);
        admin.post("/admin/drill", "{}").expect(400);
        String elsewhere = admin.token("operator", ", 'scope': {'providers': ['vault/*']}");
        admin.call(elsewhere, "POST", "/admin/drill", "{'provider': 'file/files'}")
                .expect(403);
        assertThat(admin.get("/admin/drills").json().path("total").asInt()).isZero();
    }

    @Test
    void pathThatCannotBeReferredToIsRefusedWithTheProvider() {
        for (String path : new String[] {"drill?version=1", "/drill", "a//b"}) {
            assertThat(admin.put(
                                    "/admin/providers/vault/bad",
                                    "{'uri': 'http://127.0.0.1:1', 'token': 'x', 'drill_path': '" + path + "'}")
                            .expect(400)
                            .text())
                    .as(path)
                    .contains("drill_path");
        }
    }

    private void vault(OpenBao bao, String token, String ttl) {
        AdminFixture.Answer answer = admin.put(
                "/admin/providers/vault/bao?force=true",
                "{'uri': '" + bao.uri() + "', 'prefix': 'secret', 'token': '" + token
                        + "', 'drill_path': 'drill', 'timeout': '1s', 'cache': {'ttl': '" + ttl + "'}}");
        assertThat(answer.status()).as(answer.text()).isBetween(200, 201);
    }

    private static String token(OpenBao bao, String policy) {
        bao.put("sys/policies/acl/drill", Map.of("policy", policy));
        return bao.put("auth/token/create", Map.of("policies", List.of("drill"), "ttl", "1h"))
                .at("/auth/client_token")
                .asString();
    }

    /** Drills, and waits for what came of it. */
    private JsonNode drilled(String body) {
        String id = admin.post("/admin/drill", body)
                .expect(202)
                .json()
                .path("value")
                .path("id")
                .asString();
        await().atMost(Duration.ofSeconds(60))
                .until(() -> !drill(id).path("state").asString().equals("running"));
        return drill(id);
    }

    private JsonNode drill(String id) {
        for (JsonNode entry : admin.get("/admin/drills").expect(200).json().path("list")) {
            if (entry.path("value").path("id").asString().equals(id)) {
                return entry.path("value");
            }
        }
        throw new AssertionError("no drill " + id);
    }

    private List<String> ids() {
        return admin.get("/admin/drills")
                .json()
                .path("list")
                .valueStream()
                .map(entry -> entry.path("value").path("id").asString())
                .toList();
    }
}
