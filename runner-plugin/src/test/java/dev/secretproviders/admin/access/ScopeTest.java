package dev.secretproviders.admin.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.admin.AdminFixture.Answer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A token that is limited to some providers does not reach the others, nor what they hold. */
class ScopeTest {
    private static final String BY_PATTERN = ", 'scope': {'providers': ['file/a-*', 'local/a-*']}";
    private static final String BY_LABEL = ", 'scope': {'labels': {'team': 'a'}}";

    @TempDir
    private Path directory;

    private AdminFixture admin;

    @BeforeEach
    void open() throws Exception {
        admin = new AdminFixture(directory);
        for (String team : List.of("a", "b")) {
            Path place = admin.fileProvider(team + "-files", Map.of("key", "the-key-of-team-" + team));
            admin.patch("/admin/providers/file/" + team + "-files", "{'labels': {'team': '" + team + "'}}")
                    .expect(200);
            assertThat(place).isDirectory();
            admin.put("/admin/providers/local/" + team + "-own", "{'labels': {'team': '" + team + "'}}")
                    .expect(201);
            admin.put(
                            "/admin/secrets/" + team + "-own/x",
                            "{'fields': {'key': 'a-value-of-sixteen-bytes-" + team + "'}}")
                    .expect(201);
        }
        admin.gateway("""
                consumers:
                  - {username: jack, plugins: {key-auth: {key: "$secret://file/a-files/key"}}}
                  - {username: rose, plugins: {key-auth: {key: "$secret://file/b-files/key"}}}
                """);
    }

    @AfterEach
    void close() throws Exception {
        admin.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {BY_PATTERN, BY_LABEL})
    void othersAreNeitherSeenNorTouched(String scope) {
        String operator = admin.token("operator", scope);
        String other = "/admin/providers/file/b-files";

        as(operator, "GET", "/admin/providers/file/a-files", null).expect(200);
        as(operator, "GET", other, null).expect(403);
        as(operator, "GET", other + "/status", null).expect(403);
        as(operator, "GET", other + "/usage", null).expect(403);
        as(operator, "POST", other + "/test", "{'path': 'key'}").expect(403);
        as(operator, "PATCH", other, "{'desc': 'mine'}").expect(403);
        as(operator, "DELETE", other, null).expect(403);
        assertThat(as(operator, "PUT", other, "{'directory': '/tmp', 'labels': {'team': 'a'}}")
                        .status())
                .isEqualTo(403);
        as(operator, "GET", "/admin/secrets/a-own", null).expect(200);
        for (String method : List.of("GET", "PUT", "PATCH", "POST", "DELETE")) {
            String body = method.equals("GET") || method.equals("DELETE") ? null : "{'fields': {'key': 'x'}}";
            assertThat(as(operator, method, "/admin/secrets/b-own/x", body).status())
                    .as(method)
                    .isEqualTo(403);
        }
        as(operator, "POST", "/admin/refresh", "{'provider': 'file/b-files'}").expect(403);
        as(operator, "POST", "/admin/explain", "{'reference': '$secret://file/b-files/key'}")
                .expect(403);
        as(operator, "POST", "/admin/import", null).expect(403);

        assertThat(keys(as(operator, "GET", "/admin/providers", null)))
                .containsExactlyInAnyOrder("/providers/file/a-files", "/providers/local/a-own");
        assertThat(as(operator, "GET", "/admin/references", null).text())
                .contains("a-files")
                .doesNotContain("b-files");
        assertThat(as(operator, "GET", "/admin/unused", null).text())
                .contains("local/a-own/")
                .doesNotContain("b-own");
        assertThat(keys(as(operator, "GET", "/admin/consumers", null))).containsExactly("/consumers/jack");
    }

    @ParameterizedTest
    @ValueSource(strings = {BY_PATTERN, BY_LABEL})
    void credentialsDoNotReferToOthers(String scope) {
        String operator = admin.token("operator", scope);

        as(
                        operator,
                        "PUT",
                        "/admin/providers/vault/a-thief",
                        "{'uri': 'http://127.0.0.1:1', 'token': '$secret://local/b-own/x/key', 'labels': {'team': 'a'}}")
                .expect(403);
        as(
                        operator,
                        "POST",
                        "/admin/providers/file/a-files/test",
                        "{'value': {'directory': '$secret://local/b-own/x/key'}}")
                .expect(403);
    }

    @Test
    void objectCannotBeLabelledOutOfOrIntoAScope() {
        String operator = admin.token("operator", BY_LABEL);

        as(operator, "PATCH", "/admin/providers/file/a-files", "{'labels': {'team': 'b'}}")
                .expect(403);
        as(operator, "PUT", "/admin/providers/file/c", "{'directory': '/tmp'}").expect(403);
    }

    @Test
    void nobodyGivesAwayMoreThanTheyHave() {
        String limited = admin.token("admin", BY_PATTERN);

        as(limited, "POST", "/admin/tokens", "{'name': 'x', 'roles': ['viewer']}")
                .expect(403);
        as(limited, "POST", "/admin/tokens", "{'name': 'x', 'roles': ['viewer'], 'scope': {'providers': ['*/*']}}")
                .expect(403);
        as(limited, "POST", "/admin/tokens", "{'name': 'x', 'roles': ['viewer'], 'scope': {'providers': ['file/a-*']}}")
                .expect(201);
    }

    private Answer as(String token, String method, String path, @Nullable String body) {
        return admin.call(token, method, path, body);
    }

    private static List<String> keys(Answer answer) {
        return answer.json()
                .path("list")
                .valueStream()
                .map(item -> item.path("key").asString())
                .toList();
    }
}
