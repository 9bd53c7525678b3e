package dev.secretproviders.admin.overview;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.admin.history.DecisionTotals;
import dev.secretproviders.auth.Decision.Reason;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class OverviewResourceTest {
    private static final String KEY = "a-key-of-jack-of-32-characters-x";

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

    private JsonNode overview() {
        return admin.get("/admin/overview").expect(200).json();
    }

    private void jack() throws Exception {
        admin.put("/admin/providers/local/own", "{'rotation': {'overlap': '1h'}}")
                .expect(201);
        admin.put("/admin/secrets/own/jack", "{'fields': {'key': '" + KEY + "'}}")
                .expect(201);
        admin.gateway("consumers:\n  - {username: jack, plugins: {key-auth: {key: $secret://local/own/jack/key}}}");
        await().until(() -> admin.accepts(KEY));
    }

    @Test
    void everythingIsWellWhereAllSecretsResolve() throws Exception {
        jack();

        JsonNode overview = overview();

        assertThat(overview.path("state").asString()).as(overview.toString()).isEqualTo("well");
        assertThat(overview.path("since").isNull()).isTrue();
        assertThat(overview.path("problems").size()).isZero();
        assertThat(overview.at("/references/by_state/fresh").asInt()).isEqualTo(1);
        assertThat(overview.at("/providers/total").asInt()).isPositive();
        assertThat(overview.at("/runners/up").asInt()).isEqualTo(1);
        assertThat(overview.at("/oldest_secrets/0/path").asString()).isEqualTo("jack");
        assertThat(overview.toString()).doesNotContain(KEY);
    }

    @Test
    void fiveSecretsWithTheOldestVersionsAreNamedEachOnce() throws Exception {
        jack();
        StringBuilder gateway = new StringBuilder("consumers:\n");
        for (int i = 0; i < 7; i++) {
            admin.put(
                            "/admin/secrets/own/s" + i,
                            "{'fields': {'key': 'a-key-of-32-characters-number-0" + i
                                    + "', 'other': 'another-key-of-32-characters-" + i + "'}}")
                    .expect(201);
            for (String field : List.of("key", "other")) {
                gateway.append("  - {username: c%s%s, plugins: {key-auth: {key: $secret://local/own/s%s/%s}}}\n"
                        .formatted(i, field, i, field));
            }
        }
        admin.gateway(gateway.toString());
        await().until(() -> overview().at("/references/by_state/fresh").asInt() == 14);

        JsonNode oldest = overview().path("oldest_secrets");

        assertThat(oldest.valueStream().map(secret -> secret.path("path").asString()))
                .containsExactly("s0", "s1", "s2", "s3", "s4");
    }

    @Test
    void whatIsWrongComesWithTimeAndRemedy() throws Exception {
        jack();
        admin.gateway("""
                consumers:
                  - {username: jack, plugins: {key-auth: {key: $secret://local/own/jack/key}}}
                  - {username: rose, plugins: {key-auth: {key: $secret://local/own/rose/key}}}
                  - {username: mary, plugins: {key-auth: {key: $secret://local/own/mary/key}}}
                """);
        await().untilAsserted(() -> assertThat(
                        overview().at("/findings/by_kind/missing_secret").asInt())
                .isEqualTo(2));

        JsonNode overview = overview();

        assertThat(overview.path("state").asString()).isEqualTo("failing");
        JsonNode problem = overview.at("/problems/0");
        assertThat(problem.path("kind").asString()).isEqualTo("missing_secret");
        assertThat(problem.path("count").asInt()).isEqualTo(2);
        assertThat(problem.path("subjects").toString()).contains("$secret://local/own/mary/key");
        assertThat(problem.path("remedy").asString()).contains("Write the secret");
        assertThat(Instant.parse(problem.path("since").asString())).isBeforeOrEqualTo(Instant.now());
        assertThat(overview.path("since").asString())
                .isEqualTo(problem.path("since").asString());
    }

    @Test
    void managerThatDoesNotAnswerNeedsAttentionOfThoseWhoMaySeeIt() throws Exception {
        jack();
        admin.put("/admin/providers/vault/away", "{'uri': 'http://127.0.0.1:1', 'token': 'a-token'}")
                .expect(201);
        admin.gateway("""
                consumers:
                  - {username: jack, plugins: {key-auth: {key: $secret://local/own/jack/key}}}
                  - {username: rose, plugins: {key-auth: {key: $secret://vault/away/kv/rose/key}}}
                """);
        await().untilAsserted(() ->
                assertThat(overview().at("/providers/by_state/down").asInt()).isEqualTo(1));

        assertThat(overview().path("problems").toString()).contains("provider_away", "providers/vault/away");
        String limited = admin.token("viewer", ", 'scope': {'providers': ['local/*']}");
        JsonNode seen =
                admin.call(limited, "GET", "/admin/overview", null).expect(200).json();
        assertThat(seen.toString()).doesNotContain("vault/away");
        assertThat(seen.path("state").asString()).isEqualTo("well");
        assertThat(seen.at("/references/total").asInt()).isEqualTo(1);
        assertThat(seen.path("decisions").isNull()).isTrue();
        assertThat(seen.path("runners").isNull()).isTrue();
    }

    @Test
    void rotationsUsesOfPreviousVersionsAndDecisionsAreCounted() throws Exception {
        jack();
        admin.put("/admin/secrets/own/jack", "{'fields': {'key': 'the-next-key-of-jack-32-characters'}}")
                .expect(200);
        await().until(() -> admin.accepts("the-next-key-of-jack-32-characters"));
        assertThat(admin.accepts(KEY)).isTrue();
        admin.decided = new DecisionTotals(Map.of(Reason.ACCEPTED, 42L), 0, 0, 0);
        admin.figures.sample();

        JsonNode overview = overview();

        assertThat(overview.at("/rotations/last_day").asInt()).isEqualTo(1);
        assertThat(overview.at("/previous_versions/overlaps").asInt()).isEqualTo(1);
        assertThat(overview.at("/previous_versions/previous").asInt()
                        + overview.at("/previous_versions/both").asInt())
                .isEqualTo(1);
        assertThat(Instant.parse(overview.at("/previous_versions/next_end").asString()))
                .isAfter(Instant.now());
        assertThat(overview.at("/decisions/accepted").asInt()).isEqualTo(42);
    }
}
