package dev.secretproviders.admin.rotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.crypto.MasterKeyring;
import dev.secretproviders.peers.Etcd;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.embedded.EmbeddedStore;
import dev.secretproviders.store.etcd.EtcdAccess;
import dev.secretproviders.store.etcd.EtcdStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class RotationResourceTest {
    private static final String OLD = "the-first-key-of-jack";
    private static final String NEW = "the-second-key-of-jack";
    private static final String GATEWAY = """
            consumers:
              - {username: jack, plugins: {key-auth: {key: "$secret://local/own/jack/key"}}}
              - {username: rose, plugins: {key-auth: {key: "$secret://local/own/jack/other"}}}
              - {username: mary, plugins: {key-auth: {key: "$secret://local/own/mary/key"}}}
            """;
    private static final String END = "{'provider': 'local/own', 'path': 'jack'}";

    @TempDir
    private Path directory;

    private static void open(AdminFixture admin) throws Exception {
        admin.put("/admin/providers/local/own", "{'rotation': {'overlap': '1h'}}")
                .expect(201);
        admin.put("/admin/secrets/own/jack", "{'fields': {'key': '" + OLD + "', 'other': 'the-first-key-of-rose'}}")
                .expect(201);
        admin.put("/admin/secrets/own/mary", "{'fields': {'key': 'the-key-of-mary'}}")
                .expect(201);
        admin.gateway(GATEWAY);
        await().until(() -> admin.accepts(OLD) && admin.accepts("the-key-of-mary"));
    }

    private static void rotate(AdminFixture admin) {
        admin.put("/admin/secrets/own/jack", "{'fields': {'key': '" + NEW + "', 'other': 'the-second-key-of-rose'}}")
                .expect(200);
        await().until(() -> admin.accepts(NEW));
    }

    private static JsonNode rotations(AdminFixture admin, String query) {
        return admin.get("/admin/rotations" + query).expect(200).json();
    }

    @Test
    void rotationShowsItsVersionsTheOverlapAndWhoHasNotMoved() throws Exception {
        try (AdminFixture admin = new AdminFixture(directory)) {
            open(admin);
            assertThat(rotations(admin, "").path("total").asInt()).isZero();
            rotate(admin);
            assertThat(admin.accepts(OLD)).isTrue();

            JsonNode list = rotations(admin, "?running=true");

            assertThat(list.path("total").asInt()).isEqualTo(1);
            JsonNode rotation = list.at("/list/0");
            assertThat(rotation.path("provider").asString()).isEqualTo("local/own");
            assertThat(rotation.path("path").asString()).isEqualTo("jack");
            assertThat(rotation.path("from").asString()).isEqualTo("1");
            assertThat(rotation.path("to").asString()).isEqualTo("2");
            assertThat(rotation.path("known").asString()).isEqualTo("seen");
            assertThat(rotation.at("/overlap/seconds_left").asInt()).isBetween(3_500, 3_600);
            assertThat(Instant.parse(rotation.at("/overlap/ends_at").asString()))
                    .isAfter(Instant.now());
            assertThat(rotation.at("/overlap/can_end").asBoolean()).isTrue();
            JsonNode users = rotation.at("/overlap/users");
            assertThat(users.size()).isEqualTo(2);
            assertThat(users.at("/0/consumer").asString()).isEqualTo("jack");
            assertThat(users.at("/0/uses").asString()).isIn("previous", "both");
            assertThat(users.at("/0/previous_version_uses").asInt()).isEqualTo(1);
            assertThat(users.at("/1/consumer").asString()).isEqualTo("rose");
            assertThat(users.at("/1/uses").asString()).isEqualTo("silent");
            assertThat(rotation.at("/overlap/uses/silent").asInt()).isEqualTo(1);
            assertThat(list.toString()).doesNotContain(OLD, NEW, "mary");
        }
    }

    @Test
    void listIsFilteredByProviderPathAndScope() throws Exception {
        try (AdminFixture admin = new AdminFixture(directory)) {
            open(admin);
            rotate(admin);
            String limited = admin.token("viewer", ", 'scope': {'providers': ['local/other']}");

            assertThat(rotations(admin, "?provider=local/own&path=jack")
                            .path("total")
                            .asInt())
                    .isEqualTo(1);
            assertThat(rotations(admin, "?provider=local/other").path("total").asInt())
                    .isZero();
            assertThat(rotations(admin, "?path=rose").path("total").asInt()).isZero();
            assertThat(admin.call(limited, "GET", "/admin/rotations", null)
                            .expect(200)
                            .json()
                            .path("total")
                            .asInt())
                    .isZero();
        }
    }

    @Test
    void overlapEndsOnEveryRunnerAndTheEndIsAudited() throws Exception {
        MasterKeyring keyring = AdminFixture.keyring();
        Path first = Files.createDirectories(directory.resolve("first"));
        Path second = Files.createDirectories(directory.resolve("second"));
        try (Etcd etcd = Etcd.start();
                AdminFixture one = new AdminFixture(first, store(etcd), keyring);
                AdminFixture two = new AdminFixture(second, store(etcd), keyring)) {
            open(one);
            two.gateway(GATEWAY);
            await().until(() -> two.accepts(OLD));
            rotate(one);
            await().until(() -> two.accepts(NEW));
            assertThat(one.accepts(OLD)).isTrue();
            assertThat(two.accepts(OLD)).isTrue();

            JsonNode ended = one.post(
                            "/admin/rotations/end",
                            "{'reference': '$secret://local/own/jack/key', 'reason': 'all have moved'}")
                    .expect(200)
                    .json();

            assertThat(ended.path("path").asString()).isEqualTo("jack");
            assertThat(ended.at("/ended/0/version").asString()).isEqualTo("1");
            for (AdminFixture runner : List.of(one, two)) {
                await().atMost(Duration.ofSeconds(2)).until(() -> !runner.accepts(OLD));
                assertThat(runner.accepts(NEW)).isTrue();
            }
            assertThat(rotations(one, "").at("/list/0/overlap").isNull()).isTrue();
            assertThat(one.get("/admin/revocations").expect(200).text())
                    .contains("all have moved", ended.at("/ended/0/revocation").asString());
            assertThat(one.audited()).contains("secret.revoke local/own/jack");
            one.post("/admin/rotations/end", END).expect(409);
        }
    }

    @Test
    void onlyRolesThatMayRevokeEndAnOverlapAndOnlyWithinTheirScope() throws Exception {
        try (AdminFixture admin = new AdminFixture(directory)) {
            open(admin);
            rotate(admin);

            admin.call(admin.token("viewer", ""), "POST", "/admin/rotations/end", END)
                    .expect(403);
            String limited = admin.token("operator", ", 'scope': {'providers': ['local/other']}");
            admin.call(limited, "POST", "/admin/rotations/end", END).expect(403);
            assertThat(admin.accepts(OLD)).isTrue();
            admin.call(admin.token("operator", ""), "POST", "/admin/rotations/end", END)
                    .expect(200);
            assertThat(admin.accepts(OLD)).isFalse();
        }
    }

    @Test
    void whatCannotBeEndedIsSaidAndRecorded() throws Exception {
        try (AdminFixture admin = new AdminFixture(directory)) {
            open(admin);
            Path files = admin.fileProvider("files", Map.of("key", "a-first-key-in-a-file"));
            admin.gateway(GATEWAY + "  - {username: file, plugins: {key-auth: {key: $secret://file/files/key}}}\n");
            await().until(() -> admin.accepts("a-first-key-in-a-file"));
            Files.writeString(files.resolve("key"), "a-second-key-in-a-file");
            admin.post("/admin/refresh", "{'provider': 'file/files'}").expect(202);
            await().until(() -> admin.accepts("a-second-key-in-a-file"));

            assertThat(rotations(admin, "?provider=file/files")
                            .at("/list/0/from")
                            .isNull())
                    .isTrue();
            assertThat(rotations(admin, "?provider=file/files")
                            .at("/list/0/overlap/can_end")
                            .asBoolean())
                    .isFalse();
            assertThat(admin.post("/admin/rotations/end", "{'provider': 'file/files', 'path': 'key'}")
                            .expect(409)
                            .text())
                    .contains("has no name that every runner knows");
            assertThat(admin.post("/admin/rotations/end", END).expect(409).text())
                    .contains("accepts no previous version");
            assertThat(admin.post("/admin/rotations/end", "{'reference': '$secret://local/own/none/key'}")
                            .expect(409)
                            .text())
                    .contains("name provider and path");
            admin.post("/admin/rotations/end", "{'provider': 'local/none', 'path': 'x'}")
                    .expect(404);
            admin.post("/admin/rotations/end", "{'provider': 'local/own'}").expect(400);
            await().untilAsserted(() -> assertThat(admin.audited()).contains("secret.revoke.failed local/own/jack"));
        }
    }

    @Test
    void rotationsAreThereAfterARestart() throws Exception {
        MasterKeyring keyring = AdminFixture.keyring();
        String token;
        try (AdminFixture admin = new AdminFixture(directory, embedded(), keyring)) {
            token = admin.firstToken;
            open(admin);
            rotate(admin);
            admin.audit.record(AuditEvent.done(EventCode.ROTATION, Actor.RUNNER, "local/own/jack")
                    .withMessage("from version 1 to 2"));
        }
        try (AdminFixture admin = new AdminFixture(directory, embedded(), keyring)) {
            admin.rotations.read();
            JsonNode list = admin.call(token, "GET", "/admin/rotations", null)
                    .expect(200)
                    .json();

            assertThat(list.at("/list/0/path").asString()).isEqualTo("jack");
            assertThat(list.at("/list/0/to").asString()).isEqualTo("2");
            assertThat(list.at("/list/0/known").asString()).isEqualTo("audit_log");
            assertThat(list.path("complete").asBoolean()).isTrue();
        }
    }

    private Store embedded() throws Exception {
        return EmbeddedStore.open(directory.resolve("store.mv.db"), Duration.ZERO);
    }

    private static Store store(Etcd etcd) {
        return EtcdStore.open(
                new EtcdAccess(List.of(etcd.endpoint().toString()), "/rotations", null, null, Duration.ofSeconds(5)));
    }
}
