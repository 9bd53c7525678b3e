package dev.secretproviders.admin.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.crypto.MasterKeyring;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import dev.secretproviders.store.embedded.EmbeddedStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which records are refused after a process other than the runner puts records back or removes them. */
final class PutBackTest {

    @TempDir
    private Path directory;

    private final MasterKeyring keyring = AdminFixture.keyring();
    private String token = "";

    @Test
    void aDeletedTokenThatIsPutBackStaysRefusedAndOthersWork() throws Exception {
        String deleted;
        try (AdminFixture admin = open()) {
            deleted = admin.token("viewer", "");
            String id = deleted.substring(3, 15);
            admin.call(deleted, "GET", "/admin/providers", null).expect(200);
            Stored record = raw(admin, "token/" + id);
            admin.delete("/admin/tokens/" + id).expect(204);

            admin.raw.commit(Transaction.EMPTY.put(record.key(), record.value()));
            await().until(() -> admin.store.status().problem() != null);
            admin.call(deleted, "GET", "/admin/providers", null).expect(401);
            admin.get("/admin/providers").expect(200);
        }
        try (AdminFixture admin = open()) {
            admin.call(deleted, "GET", "/admin/providers", null).expect(401);
            assertThat(admin.store.status().problem()).contains("token/" + deleted.substring(3, 15));
        }
    }

    @Test
    void aTokenThatIsTakenAwayIsRefused() throws Exception {
        try (AdminFixture admin = open()) {
            String token = admin.token("viewer", "");
            admin.raw.commit(Transaction.EMPTY.delete("token/" + token.substring(3, 15)));
            await().untilAsserted(() ->
                    admin.call(token, "GET", "/admin/providers", null).expect(401));
        }
    }

    @Test
    void aRevocationThatIsTakenAwayDeniesItsProviderAndNoOther() throws Exception {
        String key;
        try (AdminFixture admin = open()) {
            admin.fileProvider("one", Map.of("jack", "the-first-key-of-jack", "rose", "the-first-key-of-rose"));
            admin.fileProvider("two", Map.of("jack", "the-second-key-of-jack"));
            post(admin, "/admin/revoke", "{'provider': 'file/one', 'path': 'rose', 'version': 'all'}")
                    .expect(200);
            key = admin.raw.list("revocation/").entries().getFirst().key();

            admin.raw.commit(Transaction.EMPTY.delete(key));
            await().until(() -> admin.store.status().problem() != null);
            assertThat(admin.get("/admin/revocations").json().path("total").asInt())
                    .as("it stays in force on the runner that knows it")
                    .isEqualTo(1);
            assertThat(state(admin, "$secret://file/one/jack")).isEqualTo("fresh");
        }
        try (AdminFixture admin = open()) {
            assertThat(state(admin, "$secret://file/one/jack")).isNotEqualTo("fresh");
            assertThat(explained(admin, "$secret://file/one/jack").text())
                    .contains(key, "revoke again what it was for");
            assertThat(state(admin, "$secret://file/two/jack")).isEqualTo("fresh");

            post(admin, "/admin/revoke", "{'provider': 'file/one', 'path': 'rose', 'version': 'all'}")
                    .expect(200);
            await().untilAsserted(() ->
                    assertThat(state(admin, "$secret://file/one/jack")).isEqualTo("fresh"));
            assertThat(state(admin, "$secret://file/one/rose")).isNotEqualTo("fresh");
        }
    }

    @Test
    void aProviderThatIsPutBackIsNotUsed() throws Exception {

        try (AdminFixture admin = open()) {
            admin.fileProvider("one", Map.of("jack", "the-first-key-of-jack"));
            Stored before = raw(admin, "provider/file/one");
            admin.put(
                            "/admin/providers/file/one",
                            "{'directory': '%s', 'desc': 'later'}".formatted(directory.resolve("secrets-one")))
                    .expect(200);

            admin.raw.commit(Transaction.EMPTY.put(before.key(), before.value()));
            await().until(() -> admin.store.status().problem() != null);
            assertThat(state(admin, "$secret://file/one/jack"))
                    .as("the object in force stays in force")
                    .isEqualTo("fresh");
        }
        try (AdminFixture admin = open()) {
            assertThat(state(admin, "$secret://file/one/jack")).isNotEqualTo("fresh");
            assertThat(admin.store.list("provider/").damaged()).isEqualTo(List.of("provider/file/one"));
        }
    }

    private AdminFixture open() throws Exception {
        AdminFixture admin = new AdminFixture(
                directory, EmbeddedStore.open(directory.resolve("store.mv.db"), Duration.ZERO), keyring);
        token = admin.firstToken;
        return admin;
    }

    private String state(AdminFixture admin, String reference) {
        return explained(admin, reference).json().path("state").asString();
    }

    private AdminFixture.Answer explained(AdminFixture admin, String reference) {
        return post(admin, "/admin/explain", "{'reference': '" + reference + "'}")
                .expect(200);
    }

    private AdminFixture.Answer post(AdminFixture admin, String path, String body) {
        return admin.call(token, "POST", path, body);
    }

    private static Stored raw(AdminFixture admin, String key) throws StoreException {
        return Objects.requireNonNull(admin.raw.get(key), key);
    }
}
