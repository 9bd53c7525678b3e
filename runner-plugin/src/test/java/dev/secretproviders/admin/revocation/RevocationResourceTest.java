package dev.secretproviders.admin.revocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.crypto.MasterKeyring;
import dev.secretproviders.peers.Etcd;
import dev.secretproviders.peers.OpenBao;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.embedded.EmbeddedStore;
import dev.secretproviders.store.etcd.EtcdAccess;
import dev.secretproviders.store.etcd.EtcdStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A revocation over the Admin API is in force on every runner within a second, after restarts, and until an admin
 * withdraws it.
 */
class RevocationResourceTest {
    private static final String REFERENCE = "$secret://local/own/jack/key";
    private static final String GATEWAY = """
            consumers:
              - {username: jack, plugins: {key-auth: {key: "%s"}}}""".formatted(REFERENCE);

    @TempDir
    private Path directory;

    private static void secret(AdminFixture admin) throws Exception {
        admin.put("/admin/providers/local/own", "{}").expect(201);
        admin.put("/admin/secrets/own/jack", "{'fields': {'key': 'the-first-key-of-jack'}}")
                .expect(201);
        admin.gateway(GATEWAY);
        await().until(() -> state(admin).equals("fresh"));
    }

    private static String state(AdminFixture admin) {
        return admin.get("/admin/references")
                .json()
                .path("list")
                .path(0)
                .path("state")
                .asString();
    }

    private static void becomes(AdminFixture admin, String state) {
        await().atMost(Duration.ofSeconds(1))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> state(admin).equals(state));
    }

    @Test
    void revokedVersionIsDeniedAtOnceAfterARefreshAndAfterARestartUntilItIsTakenBack() throws Exception {
        MasterKeyring keyring = AdminFixture.keyring();
        String token;
        String id;
        try (AdminFixture admin = new AdminFixture(directory, open(), keyring)) {
            token = admin.firstToken;
            secret(admin);
            id = admin.post("/admin/revoke", "{'reference': '" + REFERENCE + "', 'reason': 'it leaked'}")
                    .expect(200)
                    .json()
                    .at("/value/id")
                    .asString();
            assertThat(state(admin)).isEqualTo("negative");
            admin.post("/admin/refresh", "{'provider': 'local/own'}").expect(202);
            Thread.sleep(200);
            assertThat(state(admin)).isEqualTo("negative");
            assertThat(admin.audited()).contains("secret.revoke local/own/jack");
        }
        try (AdminFixture admin = new AdminFixture(directory, open(), keyring)) {
            await().until(() ->
                    admin.call(token, "GET", "/admin/references", null).text().contains("was revoked at"));
            assertThat(admin.call(token, "GET", "/admin/revocations", null).text())
                    .contains("it leaked", id);
            admin.call(token, "DELETE", "/admin/revocations/" + id, null).expect(204);
            await().atMost(Duration.ofSeconds(1))
                    .until(() -> admin.call(token, "GET", "/admin/references", null)
                            .text()
                            .contains("\"fresh\""));
            assertThat(admin.audited()).contains("secret.restore local/own/jack");
        }
    }

    @Test
    void otherRunnerOnTheSameEtcdDeniesItWithinASecondAndALaterVersionWorksOnBoth() throws Exception {
        MasterKeyring keyring = AdminFixture.keyring();
        Path elsewhere = Files.createDirectory(directory.resolve("other"));
        try (Etcd etcd = Etcd.start();
                AdminFixture one = new AdminFixture(directory, open(etcd), keyring);
                AdminFixture other = new AdminFixture(elsewhere, open(etcd), keyring)) {
            secret(one);
            other.gateway(GATEWAY);
            await().until(() -> other.call(one.firstToken, "GET", "/admin/references", null)
                    .text()
                    .contains("\"fresh\""));

            one.post("/admin/revoke", "{'provider': 'local/own', 'path': 'jack'}")
                    .expect(200);
            await().atMost(Duration.ofSeconds(1))
                    .pollInterval(Duration.ofMillis(20))
                    .until(() ->
                            other.resolver.resolutions().stream().allMatch(resolution -> resolution.current() == null));

            one.put("/admin/secrets/own/jack", "{'fields': {'key': 'the-second-key-of-jack'}}")
                    .expect(200);
            becomes(one, "fresh");
            await().atMost(Duration.ofSeconds(1))
                    .pollInterval(Duration.ofMillis(20))
                    .until(() ->
                            other.resolver.resolutions().stream().allMatch(resolution -> resolution.current() != null));
        }
    }

    @Test
    void whatCannotBeRevokedIsSaidAndRecorded() throws Exception {
        try (AdminFixture admin = new AdminFixture(directory)) {
            secret(admin);
            admin.fileProvider("files", Map.of("key", "a-key-in-a-file"));
            admin.post("/admin/revoke", "{'provider': 'local/none', 'path': 'x'}")
                    .expect(404);
            admin.post("/admin/revoke", "{'provider': 'local/own'}").expect(400);
            admin.post("/admin/revoke", "{'reference': '" + REFERENCE + "', 'path': 'jack'}")
                    .expect(400);
            for (String version : List.of("current", "previous", "all", "1")) {
                assertThat(admin.post(
                                        "/admin/revoke",
                                        "{'provider': 'local/own', 'path': 'nobody', 'version': '" + version + "'}")
                                .expect(404)
                                .text())
                        .contains("there is no secret 'nobody'");
            }
            assertThat(admin.get("/admin/revocations").json().path("total").asInt())
                    .isZero();
            admin.gateway("""
                    consumers:
                      - {username: jack, plugins: {key-auth: {key: "$secret://file/files/key"}}}""");
            await().until(() -> state(admin).equals("fresh"));
            assertThat(admin.post("/admin/revoke", "{'reference': '$secret://file/files/key'}")
                            .expect(409)
                            .text())
                    .contains("revoke all");
            admin.post("/admin/revoke", "{'reference': '$secret://file/files/key', 'version': 'all'}")
                    .expect(200);
            assertThat(state(admin)).isEqualTo("negative");
            await().untilAsserted(() -> assertThat(admin.audited()).contains("secret.revoke.failed local/own/nobody"));
        }
    }

    @Test
    void answerNamesWhatIsDeniedAndAnUnknownVersionIsToldWithThoseThereAre() throws Exception {
        try (AdminFixture admin = new AdminFixture(directory)) {
            admin.put("/admin/providers/local/own", "{}").expect(201);
            for (String key : List.of("the-first-key-of-jack", "the-second-key-of-jack", "the-third-key-of-jack")) {
                admin.put("/admin/secrets/own/jack", "{'fields': {'key': '" + key + "'}}");
            }
            admin.gateway(GATEWAY);
            await().until(() -> state(admin).equals("fresh"));

            for (String version : List.of("99", "three", "2-content-00ab12cd", "1&x=y", "0")) {
                AdminFixture.Answer unknown = admin.post(
                                "/admin/revoke", "{'reference': '" + REFERENCE + "', 'version': '" + version + "'}")
                        .expect(404);
                assertThat(unknown.json().path("versions").toString())
                        .as(version)
                        .isEqualTo("[\"3\",\"2\",\"1\"]");
                assertThat(unknown.text()).contains("it has 3, 2, 1");
            }
            for (String path : List.of("jack/key", "jack/", "/jack", "jack//x", "../jack", "Jack")) {
                admin.post("/admin/revoke", "{'provider': 'local/own', 'path': '" + path + "'}")
                        .expect(404);
            }
            assertThat(admin.get("/admin/revocations").json().path("total").asInt())
                    .isZero();
            assertThat(state(admin)).isEqualTo("fresh");

            assertThat(revoked(admin, "previous")).isEqualTo("2 checked fresh");
            assertThat(revoked(admin, "1")).isEqualTo("1 checked fresh");
            assertThat(state(admin)).isEqualTo("fresh");
            assertThat(revoked(admin, "current")).isEqualTo("3 checked negative");
            assertThat(state(admin)).isEqualTo("negative");
        }
    }

    private static String revoked(AdminFixture admin, String version) {
        JsonNode answer = admin.post(
                        "/admin/revoke", "{'reference': '" + REFERENCE + "', 'version': '" + version + "'}")
                .expect(200)
                .json();
        return answer.at("/value/version").asString()
                + (answer.path("checked").asBoolean() ? " checked " : " ")
                + answer.at("/references/0/state").asString();
    }

    /** A reference that pins a version means that version. */
    @Test
    void pinnedReferenceDeniesItsOwnVersion() throws Exception {
        try (AdminFixture admin = new AdminFixture(directory)) {
            secret(admin);
            admin.put("/admin/secrets/own/jack", "{'fields': {'key': 'the-second-key-of-jack'}}")
                    .expect(200);

            assertThat(admin.post("/admin/revoke", "{'reference': '" + REFERENCE + "?version=1'}")
                            .expect(200)
                            .json()
                            .at("/value/version")
                            .asString())
                    .isEqualTo("1");
            becomes(admin, "fresh");
        }
    }

    /**
     * Vault's own version names count on both runners and after a restart. The manager is asked about versions not in
     * memory.
     */
    @Test
    void versionsOfVaultAreNamedByTheirNumbersOnEveryRunnerAndAskedAbout() throws Exception {
        MasterKeyring keyring = AdminFixture.keyring();
        Path elsewhere = Files.createDirectory(directory.resolve("other"));
        String reference = "$secret://vault/bao/jack/key";
        String gateway = GATEWAY.replace(REFERENCE, reference);
        try (Etcd etcd = Etcd.start();
                OpenBao bao = OpenBao.start();
                AdminFixture one = new AdminFixture(directory, open(etcd), keyring)) {
            for (int i = 1; i <= 3; i++) {
                bao.kvPut("secret", 2, "jack", Map.of("key", "key-number-" + i + "-of-jack"));
            }
            one.put(
                            "/admin/providers/vault/bao",
                            "{'uri': '" + bao.uri() + "', 'token': '" + bao.rootToken()
                                    + "', 'prefix': 'secret', 'timeout': '1s'}")
                    .expect(201);
            one.gateway(gateway);
            await().until(() -> state(one).equals("fresh"));
            try (AdminFixture other = new AdminFixture(elsewhere, open(etcd), keyring)) {
                for (AdminFixture runner : List.of(one, other)) {
                    JsonNode explained = runner.call(
                                    one.firstToken, "POST", "/admin/explain", "{'reference': '" + reference + "'}")
                            .expect(200)
                            .json();
                    assertThat(explained.path("version").asString()).isEqualTo("3");
                    assertThat(explained.path("previous_versions").toString()).isEqualTo("[\"2\"]");
                }
                // The other runner has no consumer and does not hold the secret, so it asks the manager.
                assertThat(other.call(
                                        one.firstToken,
                                        "POST",
                                        "/admin/revoke",
                                        "{'provider': 'vault/bao', 'path': 'jack', 'version': 'previous'}")
                                .expect(200)
                                .json()
                                .at("/value/version")
                                .asString())
                        .isEqualTo("2");
            }
            assertThat(one.post("/admin/revoke", "{'provider': 'vault/bao', 'path': 'jack', 'version': '99'}")
                            .expect(404)
                            .json()
                            .path("versions")
                            .toString())
                    .isEqualTo("[\"3\",\"2\",\"1\"]");
            one.post("/admin/revoke", "{'provider': 'vault/bao', 'path': 'jakc', 'version': 'all'}")
                    .expect(404);

            bao.pause();
            try {
                assertThat(one.post("/admin/revoke", "{'provider': 'vault/bao', 'path': 'jack', 'version': '1'}")
                                .expect(503)
                                .text())
                        .contains("nothing was denied", "unchecked");
                one.post("/admin/revoke", "{'provider': 'vault/bao', 'path': 'rose', 'version': 'all'}")
                        .expect(503);
                // A version in memory needs no manager.
                assertThat(state(one)).isIn("fresh", "stale");
                one.post(
                                "/admin/revoke",
                                "{'provider': 'vault/bao', 'path': 'jack', 'version': '1', 'unchecked': true}")
                        .expect(200);
                one.post("/admin/revoke", "{'provider': 'vault/bao', 'path': 'jack', 'unchecked': true}")
                        .expect(400);
                one.post(
                                "/admin/revoke",
                                "{'provider': 'vault/bao', 'path': 'jack/', 'version': 'all', 'unchecked': true}")
                        .expect(404);
                assertThat(one.post("/admin/revoke", "{'reference': '" + reference + "'}")
                                .expect(200)
                                .json()
                                .at("/value/version")
                                .asString())
                        .isEqualTo("3");
            } finally {
                bao.resume();
            }
            assertThat(state(one)).isEqualTo("negative");
            await().untilAsserted(() -> assertThat(one.audited()).contains("secret.revoke.failed vault/bao/rose"));
        }
    }

    private Store open() throws Exception {
        return EmbeddedStore.open(directory.resolve("store.mv.db"), Duration.ofSeconds(5));
    }

    private static Store open(Etcd etcd) {
        return EtcdStore.open(new EtcdAccess(
                List.of(etcd.endpoint().toString()), "/secret-providers", null, null, Duration.ofSeconds(10)));
    }
}
