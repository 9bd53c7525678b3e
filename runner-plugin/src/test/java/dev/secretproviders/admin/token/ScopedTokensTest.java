package dev.secretproviders.admin.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.admin.AdminFixture.Answer;
import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.access.Scope;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.spi.ProviderId;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What an admin whose token is limited to some providers can do to tokens: to those within its own limits, nothing else. */
class ScopedTokensTest {
    private static final String TEAM_A = "{'providers': ['vault/team-a-*']}";

    @TempDir
    private Path directory;

    private AdminFixture admin;
    private String limited;

    @BeforeEach
    void open() throws Exception {
        admin = new AdminFixture(directory);
        limited = make("admin of team a", "admin", TEAM_A).path("token").asString();
    }

    @AfterEach
    void close() throws Exception {
        admin.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'roles': ['admin']}",
                "{'expires_at': null}",
                "{'expires_at': '2027-06-01T00:00:00Z'}",
                "{'scope': {'providers': ['vault/team-a-*']}}",
                "{'name': 'another'}",
                "{}"
            })
    void tokenOutOfScopeIsNotChanged(String change) throws Exception {
        Instant end = Instant.now().plus(30, ChronoUnit.DAYS).truncatedTo(ChronoUnit.SECONDS);
        for (String scope : List.of("{}", "{'providers': ['vault/team-b-*']}", "{'labels': {'team': 'a'}}")) {
            String id = make("victim " + scope.length(), "viewer", scope, end)
                    .path("id")
                    .asString();
            JsonNode before = admin.get("/admin/tokens/" + id).json();

            refused("PATCH", id, change);

            assertThat(admin.get("/admin/tokens/" + id).json()).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "PATCH", "DELETE"})
    void tokenThatIsWidenedAfterTheRouterLookedIsOutOfScope(String method) throws Exception {
        String wide =
                make("widened", "viewer", "{'providers': ['*/*']}").path("id").asString();
        try (Tokens tokens = new Tokens(admin.store, admin.audit, InstantSource.system())) {
            tokens.start(directory.resolve("no-first-token"));
            Endpoint endpoint = new TokenResource(tokens, InstantSource.system())
                    .endpoints().stream()
                            .filter(one ->
                                    one.method().equals(method) && one.path().equals("/admin/tokens/{token}"))
                            .findFirst()
                            .orElseThrow();
            Caller teamA = new Caller(
                    new Actor(null, "admin of team a", "api", null),
                    Set.of(Role.ADMIN),
                    new Scope(List.of("vault/team-a-*"), Map.of()));
            Call call = new Call(
                    teamA,
                    "request",
                    Map.of("token", wide),
                    Map.of(),
                    Json.parsed("{'expires_at': null}"),
                    Call.Conditions.NONE);

            assertThatThrownBy(() -> endpoint.handler().answer(call))
                    .isInstanceOfSatisfying(
                            AdminProblemException.class,
                            refused -> assertThat(refused.status()).isEqualTo(403));
        }
        assertThat(admin.get("/admin/tokens/" + wide).status()).isEqualTo(200);
    }

    @Test
    void tokenOutOfScopeIsNeitherReadNorDeletedNorListed() {
        String other = make("secret project", "viewer", "{'providers': ['vault/team-b-*']}")
                .path("id")
                .asString();
        String unscoped = make("auditor of all", "auditor", "{}").path("id").asString();
        String own = make("ci of team a", "operator", "{'providers': ['vault/team-a-ci']}")
                .path("id")
                .asString();

        for (String id : List.of(other, unscoped)) {
            refused("GET", id, null);
            refused("DELETE", id, null);
        }
        Answer list = as("GET", "/admin/tokens", null).expect(200);
        assertThat(list.json().path("total").asInt()).isEqualTo(2);
        assertThat(list.text()).contains(own, "admin of team a").doesNotContain(other, unscoped, "secret project");
        as("GET", "/admin/tokens/" + own, null).expect(200);
        as("DELETE", "/admin/tokens/" + own, null).expect(204);
    }

    @Test
    void tokensAreMadeAndChangedWithinTheScopeOnly() {
        for (String scope : List.of(
                "{'providers': ['vault/team-a-*']}",
                "{'providers': ['vault/team-a-prod', 'vault/team-a-ci-*']}",
                "{'providers': ['vault/team-a-*-*']}")) {
            create("inside " + scope.length(), scope).expect(201);
        }
        for (String scope : List.of(
                "{}",
                "null",
                "{'providers': ['vault/*']}",
                "{'providers': ['vault/team-*']}",
                "{'providers': ['*/team-a-*']}",
                "{'providers': ['vault/team-a-*', 'vault/team-b']}",
                "{'labels': {'team': 'a'}}",
                "{'providers': ['vault/team-a-*'], 'labels': {'team': 'a'}}")) {
            create("outside", scope).expect(403);
        }
        String id = create("mine", TEAM_A).json().path("value").path("id").asString();
        as("PATCH", "/admin/tokens/" + id, "{'roles': ['admin'], 'name': 'mine too'}")
                .expect(200);
        as("PATCH", "/admin/tokens/" + id, "{'scope': {'providers': ['vault/team-a-prod']}}")
                .expect(200);
        as("PATCH", "/admin/tokens/" + id, "{'scope': null}").expect(403);
        as("PATCH", "/admin/tokens/" + id, "{'scope': {'providers': ['vault/*']}}")
                .expect(403);
    }

    @Test
    void scopeByLabelIsNarrowedNotWidened() {
        limited = make("by label", "admin", "{'labels': {'team': 'a'}}")
                .path("token")
                .asString();

        create("narrower", "{'labels': {'team': 'a', 'stage': 'prod'}}").expect(201);
        create("same", "{'labels': {'team': 'a'}}").expect(201);
        create("another", "{'labels': {'team': 'b'}}").expect(403);
        create("another", "{'labels': {'stage': 'prod'}}").expect(403);
        create("another", "{'labels': {'team': 'a'}, 'providers': ['vault/x']}").expect(403);
    }

    @Test
    void noTokenOutlivesTheOneThatMadeIt() {
        Instant end = Instant.now().plus(7, ChronoUnit.DAYS).truncatedTo(ChronoUnit.SECONDS);
        JsonNode passing = make("passing admin", "admin", TEAM_A, end);
        limited = passing.path("token").asString();

        as("POST", "/admin/tokens", "{'name': 'x', 'roles': ['viewer'], 'scope': " + TEAM_A + "}")
                .expect(403);
        as(
                        "POST",
                        "/admin/tokens",
                        "{'name': 'x', 'roles': ['viewer'], 'scope': " + TEAM_A + ", 'expires_at': '"
                                + end.plusSeconds(1) + "'}")
                .expect(403);
        as("PATCH", "/admin/tokens/" + passing.path("id").asString(), "{'expires_at': null}")
                .expect(403);
        as(
                        "POST",
                        "/admin/tokens",
                        "{'name': 'x', 'roles': ['viewer'], 'scope': " + TEAM_A + ", 'expires_at': '" + end + "'}")
                .expect(201);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'providers': []}",
                "{'labels': {}}",
                "{'providers': null}",
                "{'labels': null}",
                "{'providers': ['vault']}",
                "{'providers': ['vault/a/b']}",
                "{'providers': ['*']}",
                "{'providers': ['vault/a b']}",
                "{'providers': ['']}",
                "{'providers': 'vault/*'}"
            })
    void scopeThatLimitsToNothingOrCannotMatchIsAnError(String scope) {
        assertThat(admin.post("/admin/tokens", "{'name': 'x', 'roles': ['viewer'], 'scope': " + scope + "}")
                        .expect(400)
                        .text())
                .contains("scope.");
    }

    @Test
    void nameIsGivenOnce() {
        make("jane", "viewer", "{}");
        String other = make("rose", "viewer", "{}").path("id").asString();

        admin.post("/admin/tokens", "{'name': 'jane', 'roles': ['viewer']}").expect(409);
        admin.post("/admin/tokens", "{'name': 'Jane', 'roles': ['viewer']}").expect(409);
        admin.post("/admin/tokens", "{'name': ' jane', 'roles': ['viewer']}").expect(400);
        assertThat(admin.patch("/admin/tokens/" + other, "{'name': 'jane'}")
                        .expect(409)
                        .text())
                .contains("name");
        admin.patch("/admin/tokens/" + other, "{'name': 'rose'}").expect(200);
        admin.patch("/admin/tokens/" + other, "{'name': 'Rose'}").expect(200);
        admin.delete("/admin/tokens/" + other).expect(204);
        make("rose", "viewer", "{}");
    }

    @Test
    void patternsMatchInTimeThatDoesNotExplode() {
        Scope scope = new Scope(List.of("vault/" + "a*".repeat(60) + "b"), Map.of());
        assertThat(scope.includes(new ProviderId("vault", "a".repeat(256)), Map.of()))
                .isFalse();
    }

    /** Answered with 403, in the same words as for a token that does not exist. */
    private void refused(String method, String id, @Nullable String change) {
        Answer there = as(method, "/admin/tokens/" + id, change).expect(403);
        Answer absent = as(method, "/admin/tokens/000000000000", change).expect(403);
        assertThat(there.text()).isEqualTo(absent.text());
        assertThat(there.header("ETag")).isEmpty();
    }

    private Answer create(String name, String scope) {
        return as("POST", "/admin/tokens", "{'name': '" + name + "', 'roles': ['viewer'], 'scope': " + scope + "}");
    }

    private Answer as(String method, String path, @Nullable String body) {
        return admin.call(limited, method, path, body);
    }

    private JsonNode make(String name, String role, String scope) {
        return make(name, role, scope, null);
    }

    private JsonNode make(String name, String role, String scope, @Nullable Instant end) {
        return admin.post(
                        "/admin/tokens",
                        "{'name': '" + name + "', 'roles': ['" + role + "'], 'scope': " + scope
                                + (end == null ? "" : ", 'expires_at': '" + end + "'") + "}")
                .expect(201)
                .json()
                .path("value");
    }
}
