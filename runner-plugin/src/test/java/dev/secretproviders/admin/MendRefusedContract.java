package dev.secretproviders.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture.Answer;
import dev.secretproviders.audit.AuditQuery;
import dev.secretproviders.crypto.MasterKeyring;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import dev.secretproviders.store.protection.VerifiedStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How an operator repairs, over the Admin API, records that the store's manifest refuses. Holds for every engine. */
abstract class MendRefusedContract {
    private static final String ONE = "/admin/providers/file/one";

    @TempDir
    Path directory;

    private final MasterKeyring keyring = AdminFixture.keyring();
    private String token = "";

    /** Opens the engine, the same store each time. */
    abstract Store engine() throws Exception;

    /** Opens the store of the first engine for another runner. */
    abstract Store another(Store first) throws Exception;

    @Test
    void aProviderThatWasPutBackIsReplacedByAWholeObjectAndByNothingLess() throws Exception {
        try (AdminFixture admin = open()) {
            String before = putBack(admin);
            String limited = admin.token("operator", ", 'scope': {'providers': ['file/*']}");

            admin.get(ONE).expect(409);
            Answer patched = admin.patch(ONE, "{'desc': 'mended'}").expect(409);
            assertThat(patched.text()).contains("provider/file/one was put back", "PUT the whole object");
            admin.call(limited, "PUT", ONE, before).expect(403);
            admin.call(limited, "DELETE", ONE, null).expect(403);
            admin.put(ONE, before, "If-Match", "\"1\"").expect(412);
            Answer dry = admin.put(ONE + "?dry_run=true", before).expect(200);
            assertThat(dry.json().path("value").isMissingNode()).isFalse();
            admin.get(ONE).expect(409);

            Answer put = admin.put(ONE, before).expect(200);

            assertThat(put.json().path("warnings").toString())
                    .contains("it takes the place of a record that was refused: provider/file/one was put back");
            admin.get(ONE).expect(200);
            assertThat(admin.store.status().problem()).isNull();
            assertThat(admin.objects.problems()).isEmpty();
            assertThat(said(admin, "provider.update"))
                    .anyMatch(text -> text.startsWith("the record before was refused: provider/file/one was put back"));
            assertThat(said(admin, "provider.update.failed")).anyMatch(text -> text.contains("was put back"));
        }
        try (AdminFixture admin = open()) {
            admin.get(ONE).expect(200);
            assertThat(state(admin)).isEqualTo("fresh");
            assertThat(((VerifiedStore) admin.store).verify()).isEmpty();
        }
    }

    @Test
    void aMaskedSecretIsNotTakenFromARefusedRecord() throws Exception {
        try (AdminFixture admin = open()) {
            admin.put("/admin/providers/fake/one?force=true", "{'secrets': {}}");
            String vault = "/admin/providers/vault/one";
            String object = "{'uri': 'http://127.0.0.1:1', 'prefix': 'kv', 'token': '%s', 'desc': '%s'}";
            admin.put(vault, object.formatted("the-token-of-vault", "")).expect(201);
            Stored old = raw(admin, "provider/vault/one");
            admin.put(vault, object.formatted("***", "later")).expect(200);
            admin.raw.commit(Transaction.EMPTY.put(old.key(), old.value()));

            Answer masked = admin.put(vault, object.formatted("***", "mended")).expect(400);

            assertThat(masked.text()).contains("token");
            admin.put(vault, object.formatted("the-token-of-vault", "mended")).expect(200);
        }
    }

    @Test
    void anImportLeavesARefusedProviderAndTakesTheOthers() throws Exception {
        try (AdminFixture admin = open()) {
            admin.gateway("""
                    consumers:
                      - {username: jack, plugins: {key-auth: {key: a-key-of-jack}}}
                    secrets:
                      - {id: vault/one, uri: "http://127.0.0.1:1", prefix: kv/apisix, token: a-token-of-vault}
                      - {id: vault/two, uri: "http://127.0.0.1:1", prefix: kv/apisix, token: a-token-of-vault}
                    """);
            admin.post("/admin/import", "").expect(200);
            admin.raw.commit(Transaction.EMPTY.delete("provider/vault/one"));
            admin.delete("/admin/providers/vault/two").expect(204);

            Answer imported = admin.post("/admin/import", "").expect(200);

            assertThat(imported.json().at("/list/0/reason").asString())
                    .contains("provider/vault/one was deleted by something other", "by PUT");
            assertThat(imported.json().at("/list/1/result").asString()).isEqualTo("imported");
        }
    }

    @Test
    void aRefusedProviderIsDeletedOnEveryRunner() throws Exception {
        Store shared = engine();
        Path elsewhere = Files.createDirectory(directory.resolve("other"));
        try (AdminFixture admin = new AdminFixture(directory, shared, keyring)) {
            token = admin.firstToken;
            admin.fileProvider("one", Map.of("jack", "the-first-key-of-jack"));
            try (AdminFixture other = new AdminFixture(elsewhere, another(shared), keyring)) {
                ((VerifiedStore) other.store).start();
                admin.raw.commit(Transaction.EMPTY.delete("provider/file/one"));
                await().until(() -> !other.objects.problems().isEmpty());
                admin.get(ONE).expect(409);

                admin.delete(ONE).expect(204);

                admin.get(ONE).expect(404);
                await().atMost(Duration.ofSeconds(10))
                        .untilAsserted(() -> assertThat(other.objects.all()).isEmpty());
                await().untilAsserted(() -> assertThat(other.objects.problems()).isEmpty());
                other.call(token, "GET", ONE, null).expect(404);
                assertThat(other.store.status().problem()).isNull();
                assertThat(said(admin, "provider.delete"))
                        .containsExactly("the record before was refused: provider/file/one was deleted by something"
                                + " other than the runner");
            }
        }
    }

    @Test
    void aDeletedProviderThatWasPutThereIsDeletedAgain() throws Exception {
        try (AdminFixture admin = open()) {
            admin.fileProvider("one", Map.of("jack", "the-first-key-of-jack"));
            Stored old = raw(admin, "provider/file/one");
            admin.delete(ONE).expect(204);
            admin.raw.commit(Transaction.EMPTY.put(old.key(), old.value()));
            admin.get(ONE).expect(409);

            admin.delete(ONE).expect(204);

            admin.get(ONE).expect(404);
            assertThat(((VerifiedStore) admin.store).verify()).isEmpty();
            admin.fileProvider("one", Map.of("jack", "the-first-key-of-jack"));
        }
    }

    @Test
    void aRefusedTokenIsDeletedByAnAdminWithoutLimits() throws Exception {
        try (AdminFixture admin = open()) {
            String limited = admin.token("admin", ", 'scope': {'providers': ['file/*']}");
            String deleted = admin.token("viewer", "");
            String path = "/admin/tokens/" + deleted.substring(3, 15);
            Stored record = raw(admin, "token/" + deleted.substring(3, 15));
            admin.delete(path).expect(204);
            admin.delete(path).expect(404);
            admin.raw.commit(Transaction.EMPTY.put(record.key(), record.value()));
            await().until(() -> admin.store.status().problem() != null);

            admin.call(limited, "DELETE", path, null).expect(403);
            admin.delete(path).expect(204);

            assertThat(((VerifiedStore) admin.store).verify()).isEmpty();
            assertThat(admin.raw.get(record.key())).isNull();
            assertThat(said(admin, "token.delete"))
                    .contains("its record was refused: " + record.key()
                            + " was put there by something other than the runner");
            admin.delete(path).expect(404);
        }
    }

    @Test
    void aRevocationThatCannotBeReadIsTakenBack() throws Exception {
        String id;
        try (AdminFixture admin = open()) {
            admin.fileProvider("one", Map.of("jack", "the-first-key-of-jack", "rose", "the-first-key-of-rose"));
            id = admin.post("/admin/revoke", "{'provider': 'file/one', 'path': 'rose', 'version': 'all'}")
                    .expect(200)
                    .json()
                    .path("value")
                    .path("id")
                    .asString();
            admin.raw.commit(Transaction.EMPTY.delete("revocation/file/one/" + id));
        }
        try (AdminFixture admin = open()) {
            assertThat(state(admin)).isNotEqualTo("fresh");
            String elsewhere = admin.token("admin", ", 'scope': {'providers': ['vault/*']}");
            admin.call(elsewhere, "DELETE", "/admin/revocations/" + id, null).expect(403);

            admin.call(token, "DELETE", "/admin/revocations/" + id, null).expect(204);

            await().untilAsserted(() -> assertThat(state(admin)).isEqualTo("fresh"));
            assertThat(((VerifiedStore) admin.store).verify()).isEmpty();
            assertThat(said(admin, "secret.restore")).containsExactly("its record was refused");
            admin.call(token, "DELETE", "/admin/revocations/" + id, null).expect(404);
        }
    }

    /** Puts an earlier record of the provider back into the store, and returns the object that was there last. */
    private String putBack(AdminFixture admin) throws Exception {
        Path secrets = admin.fileProvider("one", Map.of("jack", "the-first-key-of-jack"));
        Stored old = raw(admin, "provider/file/one");
        String later = "{'directory': '%s', 'desc': 'later'}".formatted(secrets);
        admin.put(ONE, later).expect(200);
        admin.raw.commit(Transaction.EMPTY.put(old.key(), old.value()));
        await().until(() -> admin.store.status().problem() != null);
        return later;
    }

    private AdminFixture open() throws Exception {
        AdminFixture admin = new AdminFixture(directory, engine(), keyring);
        token = admin.firstToken;
        return admin;
    }

    private String state(AdminFixture admin) {
        return admin.call(token, "POST", "/admin/explain", "{'reference': '$secret://file/one/jack'}")
                .expect(200)
                .json()
                .path("state")
                .asString();
    }

    private static List<String> said(AdminFixture admin, String code) throws Exception {
        return admin.audit.query(AuditQuery.all()).records().stream()
                .filter(record -> record.code().equals(code))
                .map(record -> record.json().path("message").asString("")
                        + record.json().path("error_message").asString(""))
                .toList();
    }

    private static Stored raw(AdminFixture admin, String key) throws Exception {
        return Objects.requireNonNull(admin.raw.get(key), key);
    }
}
