package dev.secretproviders.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may do what. The table is the specification; an endpoint that it lacks fails the test. */
class RoleMatrixTest {
    private static final List<String> ROLES = List.of("viewer", "auditor", "operator", "admin");
    private static final String TABLE = """
            GET    /admin/providers                        viewer auditor operator admin
            GET    /admin/providers/{manager}/{id}         viewer auditor operator admin
            PUT    /admin/providers/{manager}/{id}                        operator admin
            PATCH  /admin/providers/{manager}/{id}                        operator admin
            DELETE /admin/providers/{manager}/{id}                        operator admin
            POST   /admin/providers/{manager}/{id}/test                   operator admin
            GET    /admin/providers/{manager}/{id}/status  viewer auditor operator admin
            GET    /admin/providers/{manager}/{id}/usage   viewer auditor operator admin
            GET    /admin/schemas/{manager}                viewer auditor operator admin
            GET    /admin/secrets/{id}                     viewer auditor operator admin
            GET    /admin/secrets/{id}/{*path}             viewer auditor operator admin
            PUT    /admin/secrets/{id}/{*path}                            operator admin
            PATCH  /admin/secrets/{id}/{*path}                            operator admin
            POST   /admin/secrets/{id}/{*path}                            operator admin
            DELETE /admin/secrets/{id}/{*path}                            operator admin
            GET    /admin/references                       viewer auditor operator admin
            GET    /admin/unused                           viewer auditor operator admin
            GET    /admin/consumers                        viewer auditor operator admin
            GET    /admin/consumers/{username}             viewer auditor operator admin
            GET    /admin/findings                         viewer auditor operator admin
            POST   /admin/refresh                                         operator admin
            POST   /admin/drill                                           operator admin
            GET    /admin/drills                           viewer auditor operator admin
            POST   /admin/revoke                                          operator admin
            GET    /admin/revocations                      viewer auditor operator admin
            DELETE /admin/revocations/{revocation}                                 admin
            POST   /admin/explain                                         operator admin
            POST   /admin/import                                          operator admin
            GET    /admin/audit                                   auditor          admin
            GET    /admin/audit/export                            auditor          admin
            GET    /admin/audit/event_types                       auditor          admin
            GET    /admin/audit/verify                            auditor          admin
            GET    /admin/tokens                                                   admin
            POST   /admin/tokens                                                   admin
            GET    /admin/tokens/{token}                                           admin
            PATCH  /admin/tokens/{token}                                           admin
            DELETE /admin/tokens/{token}                                           admin
            POST   /admin/tokens/reset                                             admin
            GET    /admin/whoami                           viewer auditor operator admin
            GET    /admin/status                           viewer auditor operator admin
            POST   /admin/rekey                                                    admin
            POST   /admin/backup                                                   admin
            POST   /admin/compact                                                  admin
            POST   /admin/reload                                                   admin
            GET    /admin/openapi.json                     viewer auditor operator admin
            """;
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;

    @TempDir
    private Path directory;

    @Test
    void everyRoleMayDoWhatTheTableSaysAndNothingElse() throws Exception {
        Map<String, Set<String>> table = table();
        List<String> wrong = new ArrayList<>();
        try (AdminFixture admin = new AdminFixture(directory)) {
            assertThat(admin.api.endpoints())
                    .extracting(endpoint -> endpoint.method() + " " + endpoint.path())
                    .as("every endpoint stands in the table once")
                    .containsExactlyInAnyOrderElementsOf(table.keySet());
            Map<String, String> tokens = new LinkedHashMap<>();
            ROLES.forEach(role -> tokens.put(role, admin.token(role, "")));
            table.forEach((endpoint, allowed) -> {
                if (call(admin, null, endpoint) != UNAUTHORIZED) {
                    wrong.add("nobody may " + endpoint);
                }
                tokens.forEach((role, token) -> {
                    int status = call(admin, token, endpoint);
                    boolean may = status != UNAUTHORIZED && status != FORBIDDEN && status < 500;
                    if (may != allowed.contains(role)) {
                        wrong.add(role + (may ? " may " : " may not ") + endpoint + ": " + status);
                    }
                });
            });
            assertThat(wrong).isEmpty();
            await().untilAsserted(() -> assertThat(admin.audited()).contains("access.denied.failed POST /admin/rekey"));
        }
    }

    @Test
    void everyRoleHasRightsThatTheTableShows() {
        assertThat(Role.values()).extracting(Role::text).containsExactlyElementsOf(ROLES);
    }

    @Test
    void forceNeedsAnAdmin() throws Exception {
        try (AdminFixture admin = new AdminFixture(directory)) {
            String operator = admin.token("operator", "");
            admin.put("/admin/providers/local/own", "{}").expect(201);

            for (String path : List.of("/admin/providers/local/own?force=true", "/admin/secrets/own/x?force=true")) {
                admin.call(operator, "DELETE", path, null).expect(FORBIDDEN);
            }
            admin.delete("/admin/providers/local/own?force=true").expect(204);
        }
    }

    private static int call(AdminFixture admin, @Nullable String token, String endpoint) {
        String[] parts = endpoint.split(" ", 2);
        String path = parts[1].replace("{manager}", "file")
                .replace("{id}", "absent")
                .replace("{*path}", "a/b")
                .replace("{username}", "nobody")
                .replace("{token}", "none")
                .replace("{revocation}", "none");
        boolean hasBody = Set.of("PUT", "PATCH", "POST").contains(parts[0]);
        return admin.call(token, parts[0], path, hasBody ? "{}" : null).status();
    }

    private static Map<String, Set<String>> table() {
        Map<String, Set<String>> table = new LinkedHashMap<>();
        TABLE.lines().forEach(line -> {
            List<String> words = List.of(line.trim().split("\\s+"));
            table.put(words.get(0) + " " + words.get(1), Set.copyOf(words.subList(2, words.size())));
        });
        return table;
    }
}
