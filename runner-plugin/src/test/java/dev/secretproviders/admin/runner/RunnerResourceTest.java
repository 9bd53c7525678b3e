package dev.secretproviders.admin.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.crypto.MasterKeyring;
import dev.secretproviders.peers.Etcd;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.etcd.EtcdAccess;
import dev.secretproviders.store.etcd.EtcdStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class RunnerResourceTest {
    @TempDir
    private Path directory;

    @Test
    void runnerWithAStoreOfItsOwnIsAlone() throws Exception {
        try (AdminFixture admin = new AdminFixture(directory)) {
            JsonNode answer = admin.get("/admin/runners").expect(200).json();

            assertThat(answer.path("total").asInt()).isEqualTo(1);
            JsonNode runner = answer.at("/list/0");
            assertThat(runner.path("self").asBoolean()).isTrue();
            assertThat(runner.path("state").asString()).isEqualTo("up");
            assertThat(runner.path("version").asString()).isEqualTo("test");
            assertThat(runner.at("/store/revision").isNull()).isTrue();
            assertThat(runner.at("/source/name").asString()).isEqualTo("file");
            assertThat(answer.path("store_problem").isNull()).isTrue();
            assertThat(admin.stored()).noneSatisfy((key, _) -> assertThat(key).startsWith("runner/"));
            String limited = admin.token("viewer", ", 'scope': {'providers': ['vault/*']}");
            admin.call(limited, "GET", "/admin/runners", null).expect(403);
        }
    }

    @Test
    void runnersOnOneEtcdSeeEachOther() throws Exception {
        MasterKeyring keyring = AdminFixture.keyring();
        Path first = Files.createDirectories(directory.resolve("first"));
        Path second = Files.createDirectories(directory.resolve("second"));
        try (Etcd etcd = Etcd.start();
                AdminFixture one = new AdminFixture(first, store(etcd), keyring);
                AdminFixture two = new AdminFixture(second, store(etcd), keyring)) {
            for (AdminFixture runner : List.of(one, two)) {
                await().untilAsserted(() -> assertThat(runner.call(one.firstToken, "GET", "/admin/runners", null)
                                .expect(200)
                                .json()
                                .at("/list/1/node")
                                .asString())
                        .startsWith("node-of-"));
            }
            JsonNode other = one.get("/admin/runners").expect(200).json().at("/list/1");
            assertThat(other.path("self").asBoolean()).isFalse();
            assertThat(other.path("node").asString()).isEqualTo("node-of-second");
            assertThat(other.path("state").asString()).isEqualTo("up");
            assertThat(one.raw.get("manifest/root")).isNotNull();
        }
    }

    private static Store store(Etcd etcd) {
        return EtcdStore.open(
                new EtcdAccess(List.of(etcd.endpoint().toString()), "/runners", null, null, Duration.ofSeconds(5)));
    }
}
