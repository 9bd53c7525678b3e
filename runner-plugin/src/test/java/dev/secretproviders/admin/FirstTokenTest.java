package dev.secretproviders.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.admin.AdminFixture.Answer;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.audit.AuditQuery;
import dev.secretproviders.crypto.MasterKeyring;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import dev.secretproviders.store.embedded.EmbeddedStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Which token a reset ends, whatever else is in the store. */
final class FirstTokenTest {
    private static final String POINTER = "meta/first-token";

    @TempDir
    private Path directory;

    private final MasterKeyring keyring = AdminFixture.keyring();

    @Test
    void aPointerInTheStoreDoesNotMakeAnotherTokenTheFirst() throws Exception {
        try (AdminFixture admin = open()) {
            String jane = admin.token("admin", "");
            assertThat(admin.raw.get(POINTER)).isNull();

            admin.raw.commit(Transaction.EMPTY.put(POINTER, id(jane).getBytes(StandardCharsets.US_ASCII)));
            String next = reset(admin);

            admin.get("/admin/whoami").expect(401);
            admin.call(jane, "GET", "/admin/whoami", null).expect(200);
            admin.call(next, "GET", "/admin/whoami", null).expect(200);
            assertThat(admin.raw.get(POINTER)).isNull();
            assertThat(said(admin, "token.update"))
                    .containsExactly(POINTER
                            + " was removed and not followed: each token's record says whether it is the first one");
        }
    }

    @Test
    void aStoreOfAnEarlierVersionIsTakenOverOnce() throws Exception {
        String first;
        String jane;
        try (AdminFixture admin = open()) {
            first = admin.firstToken;
            jane = admin.token("admin", "");
            makeEarlier(admin, id(first));
        }
        for (int start = 0; start < 2; start++) {
            try (AdminFixture admin = open()) {
                assertThat(firstOnes(admin, jane)).containsExactly(id(first));
                assertThat(admin.raw.get(POINTER)).isNull();
                assertThat(said(admin, "token.update"))
                        .singleElement()
                        .asString()
                        .contains("2 tokens", "token/" + id(first) + " is");
            }
        }
        try (AdminFixture admin = open()) {
            reset(admin, jane);
            admin.call(first, "GET", "/admin/whoami", null).expect(401);
            admin.call(jane, "GET", "/admin/whoami", null).expect(200);
        }
    }

    @Test
    void aPointerThatIsPutBackAfterTheTakeOverEndsNothing() throws Exception {
        String jane;
        try (AdminFixture admin = open()) {
            jane = admin.token("admin", "");
            makeEarlier(admin, id(admin.firstToken));
        }
        try (AdminFixture admin = open()) {
            admin.call(jane, "DELETE", "/admin/tokens/" + id(admin.firstToken), null)
                    .expect(204);
            admin.raw.commit(Transaction.EMPTY.put(POINTER, id(jane).getBytes(StandardCharsets.US_ASCII)));
        }
        try (AdminFixture admin = open()) {
            assertThat(firstOnes(admin, jane)).isEmpty();
            reset(admin, jane);
            admin.call(jane, "GET", "/admin/whoami", null).expect(200);
        }
    }

    @Test
    void aStoreThatCannotBeWrittenIsNotTakenOverButItsTokensCount() throws Exception {
        String jane;
        try (AdminFixture admin = open()) {
            byte[] head = Objects.requireNonNull(admin.raw.get("audit/head")).value();
            jane = admin.token("admin", "");
            makeEarlier(admin, id(admin.firstToken));
            admin.raw.commit(Transaction.EMPTY.put("audit/head", head));
        }
        try (AdminFixture admin = open()) {
            admin.call(jane, "GET", "/admin/whoami", null).expect(200);
            assertThat(admin.raw.get(POINTER)).isNotNull();
        }
    }

    @Test
    void manyTokensOfAnEarlierVersionAreTakenOver() throws Exception {
        String jane = "";
        int many = 95;
        try (AdminFixture admin = open()) {
            for (int i = 0; i < many; i++) {
                jane = admin.token("admin", "");
            }
            makeEarlier(admin, id(admin.firstToken));
        }
        try (AdminFixture admin = open()) {
            assertThat(firstOnes(admin, jane)).containsExactly(id(admin.firstToken));
            assertThat(admin.raw.get(POINTER)).isNull();
            assertThat(admin.store.list("token/").entries())
                    .hasSize(many + 1)
                    .allMatch(entry -> Json.MAPPER.readTree(entry.value()).has("first"));
        }
    }

    @Test
    void aChangedFirstTokenIsStillTheFirst() throws Exception {
        try (AdminFixture admin = open()) {
            admin.patch("/admin/tokens/" + id(admin.firstToken), "{'name': 'root'}")
                    .expect(200);
            String next = reset(admin);
            admin.get("/admin/whoami").expect(401);
            assertThat(firstOnes(admin, next)).containsExactly(id(next));
        }
    }

    @Test
    void aNameThatIsTakenIsNotGivenAgain() throws Exception {
        try (AdminFixture admin = open()) {
            admin.patch("/admin/tokens/" + id(admin.firstToken), "{'name': 'root'}")
                    .expect(200);
            admin.post("/admin/tokens", "{'name': 'First-Admin', 'roles': ['viewer']}")
                    .expect(201);
            String next = reset(admin);
            assertThat(admin.call(next, "GET", "/admin/whoami", null)
                            .json()
                            .path("name")
                            .asString())
                    .isEqualTo("first-admin-2");
        }
    }

    @Test
    void aResetNamesTheTokensThatItCouldNotRead() throws Exception {
        try (AdminFixture admin = open()) {
            String jane = admin.token("viewer", "");
            admin.raw.commit(Transaction.EMPTY.delete("token/" + id(jane)));
            String next = reset(admin);
            assertThat(said(admin, "token.reset")).singleElement().asString().contains("token/" + id(jane));
            admin.call(next, "GET", "/admin/whoami", null).expect(200);
        }
    }

    private AdminFixture open() throws Exception {
        return new AdminFixture(
                directory, EmbeddedStore.open(directory.resolve("store.mv.db"), Duration.ZERO), keyring);
    }

    /** Rewrites the store as earlier versions did: no field in the records, and a pointer in clear. */
    private static void makeEarlier(AdminFixture admin, String first) throws Exception {
        for (Stored entry : admin.store.list("token/").entries()) {
            ObjectNode node = (ObjectNode) Json.MAPPER.readTree(entry.value());
            node.remove("first");
            admin.store.commit(Transaction.EMPTY.put(entry.key(), Json.MAPPER.writeValueAsBytes(node)));
        }
        admin.store.commit(Transaction.EMPTY.put(POINTER, first.getBytes(StandardCharsets.US_ASCII)));
    }

    private String reset(AdminFixture admin) throws Exception {
        return reset(admin, admin.firstToken);
    }

    private String reset(AdminFixture admin, String by) throws Exception {
        admin.call(by, "POST", "/admin/tokens/reset", null).expect(200);
        return Files.readString(directory.resolve("admin-token"));
    }

    private static List<String> firstOnes(AdminFixture admin, String by) {
        Answer answer =
                admin.call(by, "GET", "/admin/tokens?page_size=500", null).expect(200);
        return answer.json()
                .path("list")
                .valueStream()
                .map(item -> item.path("value"))
                .filter(token -> token.path("first").asBoolean())
                .map(token -> token.path("id"))
                .map(JsonNode::asString)
                .toList();
    }

    private static List<String> said(AdminFixture admin, String code) throws Exception {
        return admin.audit.query(AuditQuery.all()).records().stream()
                .filter(record -> record.code().equals(code))
                .map(record -> record.json().path("message").asString(""))
                .toList();
    }

    private static String id(String token) {
        return token.substring(3, 15);
    }
}
