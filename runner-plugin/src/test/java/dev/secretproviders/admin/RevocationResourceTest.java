package dev.secretproviders.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.crypto.MasterKeyring;
import dev.secretproviders.peers.Etcd;
import dev.secretproviders.store.EmbeddedStore;
import dev.secretproviders.store.EtcdAccess;
import dev.secretproviders.store.EtcdStore;
import dev.secretproviders.store.Store;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Revoking over the Admin API: on every runner within a second, after restarts, and until an admin takes it back. */
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
            assertThat(admin.post("/admin/revoke", "{'provider': 'local/own', 'path': 'nobody'}")
                            .expect(409)
                            .text())
                    .contains("name the version, or all");
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

    private Store open() throws Exception {
        return EmbeddedStore.open(directory.resolve("store.mv.db"), Duration.ofSeconds(5));
    }

    private static Store open(Etcd etcd) {
        return EtcdStore.open(new EtcdAccess(
                List.of(etcd.endpoint().toString()), "/secret-providers", null, null, Duration.ofSeconds(10)));
    }
}
