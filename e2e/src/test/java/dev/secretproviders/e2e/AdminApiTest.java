package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.e2e.AdminClient.Reply;
import dev.secretproviders.peers.Moto;
import dev.secretproviders.peers.OpenBao;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The life cycle of a provider through the Admin API, while requests are served. */
class AdminApiTest {
    private static final String PROVIDER = "/admin/providers/vault/prod";

    @TempDir
    Path directory;

    @IndependentTest
    void providerIsCreatedUsedProtectedAndDeletedAndEveryStepIsInTheAudit() throws Exception {
        consumers("$secret://vault/prod/jack/key");
        try (OpenBao bao = OpenBao.start()) {
            bao.enableKv("kv", 2);
            bao.kvPut("kv", 2, "apisix/jack", Map.of("key", "the-key-of-jack-1234"));
            try (RunnerProcess runner = RunnerProcess.start(directory, yaml(), Map.of());
                    AdminClient admin = runner.admin()) {
                assertThat(runner.statusFor("the-key-of-jack-1234")).isEqualTo(401);

                JsonNode created = admin.put(PROVIDER, object(bao.uri().toString(), bao.rootToken()))
                        .expect(201)
                        .json();
                assertThat(created.path("value").path("token").asString()).isEqualTo("***");
                runner.awaitStatus(200, "the-key-of-jack-1234");

                JsonNode test = admin.post(PROVIDER + "/test", "{'path': 'jack/key'}")
                        .expect(200)
                        .json();
                assertThat(test.path("ok").asBoolean()).as(test.toString()).isTrue();

                // A wrong token would break the reference. It is refused, and the old one stays in force.
                JsonNode refused = admin.patch(PROVIDER, "{'token': 'hvs.wrong'}")
                        .expect(409)
                        .json();
                assertThat(refused.path("references")
                                .path(0)
                                .path("resource_type")
                                .asString())
                        .isEqualTo("consumer");
                assertThat(refused.path("references")
                                .path(0)
                                .path("resource_id")
                                .asString())
                        .isEqualTo("jack");
                assertThat(runner.statusFor("the-key-of-jack-1234")).isEqualTo(200);

                Reply inUse = admin.delete(PROVIDER).expect(409);
                assertThat(inUse.json().path("references").size()).isEqualTo(1);
                assertThat(runner.statusFor("the-key-of-jack-1234")).isEqualTo(200);

                consumers("a-literal-key-instead-of-it");
                runner.awaitStatus(200, "a-literal-key-instead-of-it");
                admin.delete(PROVIDER).expect(204);
                admin.get(PROVIDER).expect(404);

                JsonNode audit =
                        admin.get("/admin/audit?page_size=100").expect(200).json();
                assertThat(audit.path("list").findValuesAsString("event_type"))
                        .contains(
                                "provider.create",
                                "provider.test",
                                "provider.update.failed",
                                "provider.delete.failed",
                                "provider.delete");
                assertThat(admin.get("/admin/audit/verify")
                                .expect(200)
                                .json()
                                .path("intact")
                                .asBoolean())
                        .isTrue();
                assertThat(audit.toString()).doesNotContain(bao.rootToken(), "hvs.wrong");
                assertThat(runner.log()).doesNotContain(bao.rootToken(), "hvs.wrong", "the-key-of-jack-1234");
            }
        }
        aChangedByteOnDiskIsFound();
    }

    private void aChangedByteOnDiskIsFound() throws Exception {
        RunnerProcess.Finished intact = RunnerProcess.run(directory, yaml(), Map.of(), "audit", "verify");
        assertThat(intact.code()).as(intact.out()).isZero();
        Path file = directory.resolve("secret-providers-data/store.mv.db");
        byte[] bytes = Files.readAllBytes(file);
        int changed = 0;
        byte[] word = "provider.create".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        for (int i = 0; i + word.length < bytes.length; i++) {
            if (java.util.Arrays.equals(bytes, i, i + word.length, word, 0, word.length)) {
                bytes[i] = 'q';
                changed++;
            }
        }
        assertThat(changed).isPositive();
        Files.write(file, bytes);
        RunnerProcess.Finished broken = RunnerProcess.run(directory, yaml(), Map.of(), "audit", "verify");
        assertThat(broken.code()).as(broken.out()).isEqualTo(1);
        assertThat(broken.out()).contains("record");
    }

    @IndependentTest
    void providerOfAwsAndALocalSecretAndACredentialThatRefersToIt() throws Exception {
        consumers("$secret://aws/main/prod/jack/key");
        try (Moto moto = Moto.start();
                RunnerProcess runner = RunnerProcess.start(directory, yaml(), Map.of());
                AdminClient admin = runner.admin()) {
            moto.createSecret("prod/jack", "{\"key\":\"the-aws-key-of-jack\"}");
            admin.put("/admin/providers/local/own", "{'desc': 'credentials of providers'}")
                    .expect(201);
            admin.put("/admin/secrets/own/aws", "{'fields': {'secret_access_key': 'secret-of-test'}}")
                    .expect(201);
            admin.put("/admin/providers/aws/main", """
                            {'endpoint_url': '%s', 'access_key_id': 'test',
                             'secret_access_key': '$secret://local/own/aws/secret_access_key'}""".formatted(moto.uri())).expect(201);
            runner.awaitStatus(200, "the-aws-key-of-jack");
            // A secret that another provider's credential refers to is protected, too.
            assertThat(admin.delete("/admin/providers/local/own")
                            .expect(409)
                            .json()
                            .path("references")
                            .path(0)
                            .path("resource_type")
                            .asString())
                    .isEqualTo("provider");
            assertThat(admin.delete("/admin/secrets/own/aws").status()).isEqualTo(409);
        }
    }

    @IndependentTest
    void storeSurvivesAKill() throws Exception {
        consumers("$secret://local/own/jack/key");
        try (RunnerProcess runner = RunnerProcess.start(directory, yaml(), Map.of());
                AdminClient admin = runner.admin()) {
            admin.put("/admin/providers/local/own", "{}").expect(201);
            admin.put("/admin/secrets/own/jack", "{'fields': {'key': 'the-local-key-of-jack'}}")
                    .expect(201);
            runner.awaitStatus(200, "the-local-key-of-jack");
            runner.kill();
        }
        try (RunnerProcess runner = RunnerProcess.start(directory, yaml(), Map.of());
                AdminClient admin = runner.admin()) {
            runner.awaitStatus(200, "the-local-key-of-jack");
            admin.put("/admin/secrets/own/jack", "{'fields': {'key': 'the-next-local-key-of-jack'}}")
                    .expect(200);
            await().atMost(Duration.ofSeconds(1)).until(() -> runner.statusFor("the-next-local-key-of-jack") == 200);
            assertThat(runner.statusFor("the-local-key-of-jack"))
                    .as("within the overlap")
                    .isEqualTo(200);
        }
    }

    @IndependentTest
    void rotationsAndReferencesThatCeaseToResolveAreInTheAudit() throws Exception {
        Path key = Files.writeString(directory.resolve("jack.key"), "the-key-before-its-rotation");
        consumers("$secret://file/keys/jack.key");
        try (RunnerProcess runner = RunnerProcess.start(directory, yaml(), Map.of());
                AdminClient admin = runner.admin()) {
            admin.put("/admin/providers/file/keys", "{'directory': '%s', 'cache': {'ttl': '1s'}}".formatted(directory))
                    .expect(201);
            runner.awaitStatus(200, "the-key-before-its-rotation");

            Files.writeString(key, "the-key-after-its-rotation");
            runner.awaitStatus(200, "the-key-after-its-rotation");
            JsonNode rotation = awaitEvent(admin, "rotation");
            assertThat(rotation.path("resource_id").asString()).isEqualTo("file/keys/jack.key");
            assertThat(rotation.path("operator").path("name").asString()).isEqualTo("runner");
            assertThat(rotation.toString()).doesNotContain("its-rotation");

            Files.delete(key);
            JsonNode failed = awaitEvent(admin, "resolution.failed");
            assertThat(failed.path("resource_id").asString()).isEqualTo("$secret://file/keys/jack.key");
            assertThat(failed.path("error_message").asString()).isNotEmpty();

            Files.writeString(key, "the-key-that-came-back");
            runner.awaitStatus(200, "the-key-that-came-back");
            awaitEvent(admin, "resolution");
        }
    }

    private static JsonNode awaitEvent(AdminClient admin, String code) {
        return await(code)
                .atMost(Duration.ofSeconds(15))
                .until(() -> found(admin, code), event -> !event.isMissingNode());
    }

    private static JsonNode found(AdminClient admin, String code) {
        return admin.get("/admin/audit?action=" + code)
                .expect(200)
                .json()
                .path("list")
                .path(0);
    }

    private String yaml() {
        return RunnerProcess.consumersFromFile(directory) + "providers:\n  files: {allow: [%s]}\n".formatted(directory);
    }

    private static String object(String uri, String token) {
        return "{'uri': '%s', 'prefix': 'kv/apisix', 'token': '%s', 'cache': {'ttl': '1s'}}".formatted(uri, token);
    }

    private void consumers(String key) throws Exception {
        RunnerProcess.consumers(directory, """
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: %s}}
                """.formatted(key));
    }
}
