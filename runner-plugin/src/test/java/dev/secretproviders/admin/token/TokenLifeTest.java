package dev.secretproviders.admin.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.crypto.MasterKeyring;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.embedded.EmbeddedStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class TokenLifeTest {
    @TempDir
    private Path directory;

    @Test
    void firstTokenIsForItsOwnerOnlyAndMadeOnce() throws Exception {
        MasterKeyring keyring = AdminFixture.keyring();
        String first;
        try (AdminFixture admin = new AdminFixture(directory, open(), keyring)) {
            first = admin.firstToken;
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("admin-token"))))
                    .isEqualTo("rw-------");
            admin.get("/admin/tokens").expect(200);
        }
        Files.delete(directory.resolve("admin-token"));
        try (AdminFixture admin = new AdminFixture(directory, open(), keyring)) {
            assertThat(directory.resolve("admin-token")).doesNotExist();
            admin.call(first, "GET", "/admin/tokens", null).expect(200);
        }
    }

    @Test
    void textIsShownOnceAndNeverStored() throws Exception {
        try (AdminFixture admin = new AdminFixture(directory)) {
            String text = admin.token("viewer", "");
            JsonNode list = admin.get("/admin/tokens").expect(200).json();

            assertThat(list.path("total").asInt()).isEqualTo(2);
            assertThat(list.toString()).doesNotContain(text).doesNotContain("hash");
            String secret = text.substring("sp_0123456789ab_".length());
            for (var entry : admin.store.list("").entries()) {
                assertThat(new String(entry.value(), StandardCharsets.UTF_8))
                        .as("%s, opened", entry.key())
                        .doesNotContain(secret);
            }
        }
    }

    @Test
    void changesCountAtOnce() throws Exception {
        try (AdminFixture admin = new AdminFixture(directory)) {
            JsonNode made = admin.post("/admin/tokens", "{'name': 'jane', 'roles': ['viewer']}")
                    .expect(201)
                    .json()
                    .path("value");
            String text = made.path("token").asString();
            String path = "/admin/tokens/" + made.path("id").asString();
            admin.call(text, "GET", "/admin/audit", null).expect(403);

            admin.patch(path, "{'roles': ['auditor']}").expect(200);
            admin.call(text, "GET", "/admin/audit", null).expect(200);

            admin.patch(path, "{'expires_at': '" + Instant.now().plusMillis(1_500) + "'}")
                    .expect(200);
            admin.call(text, "GET", "/admin/audit", null).expect(200);
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> admin.call(text, "GET", "/admin/audit", null).status() == 401);

            admin.patch(path, "{'expires_at': null}").expect(200);
            admin.call(text, "GET", "/admin/audit", null).expect(200);
            admin.delete(path).expect(204);
            admin.call(text, "GET", "/admin/audit", null).expect(401);
            assertThat(admin.audited())
                    .contains("token.create token/" + made.path("id").asString());
            assertThat(admin.audited())
                    .contains("token.delete token/" + made.path("id").asString());
        }
    }

    @Test
    void lastAdminCannotBeTakenAway() throws Exception {
        try (AdminFixture admin = new AdminFixture(directory)) {
            String id = admin.get("/admin/whoami").json().path("id").asString();

            admin.delete("/admin/tokens/" + id).expect(409);
            admin.patch("/admin/tokens/" + id, "{'roles': ['viewer']}").expect(409);
            admin.patch("/admin/tokens/" + id, "{'expires_at': '2100-01-01T00:00:00Z'}")
                    .expect(400);

            String next = admin.token("admin", "");
            admin.call(next, "DELETE", "/admin/tokens/" + id, null).expect(204);
            admin.get("/admin/whoami").expect(401);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            DELETE |
            PATCH  | {'roles': ['viewer']}
            PATCH  | {'scope': {'providers': ['vault/x']}}""")
    void adminsThatEndEachOtherAtOnceLeaveOne(String method, @Nullable String body) throws Exception {
        try (AdminFixture admin = new AdminFixture(directory)) {
            String one = admin.firstToken;
            for (int round = 0; round < 20; round++) {
                String first = one;
                JsonNode made = admin.call(
                                first, "POST", "/admin/tokens", "{'name': 'admin " + round + "', 'roles': ['admin']}")
                        .expect(201)
                        .json()
                        .path("value");
                String other = made.path("token").asString();
                String ofFirst = admin.call(first, "GET", "/admin/whoami", null)
                        .json()
                        .path("id")
                        .asString();

                CompletableFuture<Integer> ended = CompletableFuture.supplyAsync(
                        () -> admin.call(other, method, "/admin/tokens/" + ofFirst, body)
                                .status(),
                        Thread::startVirtualThread);
                int status = admin.call(
                                first,
                                method,
                                "/admin/tokens/" + made.path("id").asString(),
                                body)
                        .status();

                assertThat(List.of(status, ended.join())).as("round %s", round).anyMatch(answer -> answer >= 400);
                one = status < 400 ? first : other;
                admin.call(one, "GET", "/admin/tokens", null).expect(200);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "first\u200badmin",
                "\u00a0first-admin",
                "\u202efirst-admin",
                "\ufb01rst-admin",
                "first-admin\ufeff"
            })
    void nameDoesNotLookLikeAnotherBecauseOfWhatCannotBeSeen(String name) throws Exception {
        try (AdminFixture admin = new AdminFixture(directory)) {
            admin.post("/admin/tokens", "{'name': '" + name + "', 'roles': ['viewer']}")
                    .expect(400);
        }
    }

    @Test
    void wrongTokensAreSlowedAndAuditedWhileAValidOneNeverWaits() throws Exception {
        try (AdminFixture admin = new AdminFixture(directory)) {
            List<CompletableFuture<Duration>> guesses = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                String guess = "sp_0123456789ab_" + "x".repeat(42) + i;
                guesses.add(CompletableFuture.supplyAsync(
                        () -> {
                            long begun = System.nanoTime();
                            admin.call(guess, "GET", "/admin/whoami", null).expect(401);
                            return Duration.ofNanos(System.nanoTime() - begun);
                        },
                        Thread::startVirtualThread));
            }
            admin.get("/admin/whoami").expect(200);
            assertThat(guesses).anyMatch(guess -> !guess.isDone());
            assertThat(guesses.stream().map(CompletableFuture::join).max(Duration::compareTo))
                    .hasValueSatisfying(longest -> assertThat(longest).isGreaterThan(Duration.ofMillis(500)));
            await().untilAsserted(() -> assertThat(admin.audited()).contains("login.failed token"));
        }
    }

    @Test
    void tokenMadeAtOneRunnerCountsAtTheOtherWithinASecond() throws Exception {
        MasterKeyring keyring = AdminFixture.keyring();
        Store shared = open();
        Path elsewhere = Files.createDirectory(directory.resolve("other"));
        try (AdminFixture one = new AdminFixture(directory, shared, keyring);
                AdminFixture other = new AdminFixture(elsewhere, shared, keyring)) {
            assertThat(elsewhere.resolve("admin-token")).doesNotExist();
            JsonNode made = one.post("/admin/tokens", "{'name': 'jane', 'roles': ['viewer']}")
                    .json()
                    .path("value");
            String text = made.path("token").asString();
            await().atMost(Duration.ofSeconds(1))
                    .until(() ->
                            other.call(text, "GET", "/admin/providers", null).status() == 200);

            one.delete("/admin/tokens/" + made.path("id").asString()).expect(204);
            // Without a refused call in between, because its answer would be delayed.
            Thread.sleep(1_000);
            other.call(text, "GET", "/admin/providers", null).expect(401);
        }
    }

    private Store open() throws Exception {
        return EmbeddedStore.open(directory.resolve("store.mv.db"), Duration.ofSeconds(5));
    }
}
