package dev.secretproviders.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture.Answer;
import dev.secretproviders.admin.access.Role;
import dev.secretproviders.certificate.TestCertificates;
import dev.secretproviders.certificate.TestCertificates.Issued;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rights on each endpoint, for each role. Each is called with an unlimited token and with a limited one, on objects
 * that are in scope, out of scope and absent. The table in {@code docs/reference/rights.md} is the specification. The
 * test tries each of its cells, and fails for an endpoint that the table lacks or shows differently.
 */
class RightsMatrixTest {
    private static final Path PAGE = Path.of("../docs/reference/rights.md");
    private static final String WRITE = "rights.write";
    private static final String HEAD = """
            | endpoint | viewer | auditor | operator | admin | a limited token |
            | --- | --- | --- | --- | --- | --- |
            """;
    /** Texts that a token for team A must never read. */
    private static final List<String> OF_OTHERS = List.of("b-own", "rose", "token of team b");

    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;

    @TempDir
    private Path directory;

    private AdminFixture admin;
    private String scope = "";
    private int made;

    /** The objects of a call. */
    private enum Target {
        IN_SCOPE("a-own", "jack", "x"),
        OUT_OF_SCOPE("b-own", "rose", "x"),
        ABSENT("b-absent", "nobody", "x");

        private final String provider;
        private final String consumer;
        private final String path;

        Target(String provider, String consumer, String path) {
            this.provider = provider;
            this.consumer = consumer;
            this.path = path;
        }
    }

    /** A row of the table. */
    private record Row(String endpoint, List<String> roles, String limited) {}

    @BeforeEach
    void open() throws Exception {
        admin = new AdminFixture(directory);
        for (String team : List.of("a", "b")) {
            admin.put("/admin/providers/local/" + team + "-own", "{'labels': {'team': '" + team + "'}}")
                    .expect(201);
            for (String path : List.of("x", "unused")) {
                admin.put(
                                "/admin/secrets/" + team + "-own/" + path,
                                "{'fields': {'key': 'a-value-of-sixteen-bytes-" + team + "'}}")
                        .expect(201);
            }
        }
        for (String team : List.of("a", "b")) {
            Issued certificate = TestCertificates.good(team + "-own.example.com");
            String pem = "{'fields': {'crt': '" + certificate.pem().replace("\n", "\\n") + "', 'key': '"
                    + certificate.key().replace("\n", "\\n") + "'}}";
            admin.put("/admin/secrets/" + team + "-own/tls", pem).expect(201);
        }
        admin.gateway("""
                consumers:
                  - {username: jack, plugins: {key-auth: {key: "$secret://local/a-own/x/key"}}}
                  - {username: rose, plugins: {key-auth: {key: "$secret://local/b-own/x/key"}}}
                  - {username: rose_malformed, plugins: {key-auth: {key: "$secret://local/b-own"}}}
                """);
    }

    @AfterEach
    void close() throws Exception {
        admin.close();
    }

    @Test
    void tableInTheDocumentationIsThatOfTheEndpoints() throws IOException {
        String rows = admin.api.endpoints().stream()
                .map(endpoint -> "| `" + endpoint.method() + " " + endpoint.path() + "` | "
                        + Arrays.stream(Role.values())
                                .map(role -> endpoint.right() == null
                                                || role.rights().contains(endpoint.right())
                                        ? "yes"
                                        : "")
                                .collect(Collectors.joining(" | "))
                        + " | " + endpoint.reach().text() + " |")
                .map(line -> line.replaceAll(" {2,}", " "))
                .collect(Collectors.joining("\n", HEAD, "\n"));
        String page = Files.readString(PAGE);
        int start = page.indexOf(HEAD);
        assertThat(start).as("the table's head in " + PAGE).isNotNegative();
        int end = page.indexOf("\n\n", start) + 1;
        if (Boolean.getBoolean(WRITE)) {
            Files.writeString(PAGE, page.substring(0, start) + rows + page.substring(end));
            return;
        }
        assertThat(page.substring(start, end))
                .as("look at what is new, then write the table with -D" + WRITE + "=true")
                .isEqualTo(rows);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{'providers': ['local/a-*']}", "{'labels': {'team': 'a'}}"})
    void everyCellOfTheTableIsTrue(String scopeOfTheToken) throws Exception {
        scope = scopeOfTheToken;
        List<Row> rows = rows();
        assertThat(rows)
                .extracting(Row::endpoint)
                .containsExactlyElementsOf(admin.api.endpoints().stream()
                        .map(endpoint -> endpoint.method() + " " + endpoint.path())
                        .toList());
        Map<Role, String> unlimited = new LinkedHashMap<>();
        Map<Role, String> limited = new LinkedHashMap<>();
        for (Role role : Role.values()) {
            unlimited.put(role, admin.token(role.text(), ""));
            limited.put(role, token(role.text(), scope, "a limited " + role.text()));
        }
        for (Row row : rows) {
            assertThat(call(null, row, Target.IN_SCOPE).status())
                    .as("without a token: " + row)
                    .isEqualTo(UNAUTHORIZED);
            for (Role role : Role.values()) {
                boolean may = row.roles().contains(role.text());
                allows(row, role.text(), call(unlimited.get(role), row, Target.IN_SCOPE), may);
                allows(row, role.text(), call(unlimited.get(role), row, Target.OUT_OF_SCOPE), may);
                limited(row, role, limited.get(role), may);
            }
        }
        await().untilAsserted(() -> assertThat(admin.audited())
                .contains("access.denied.failed POST /admin/rekey", "access.denied.failed POST /admin/compact"));
    }

    private void limited(Row row, Role role, @Nullable String token, boolean may) {
        String who = "a limited " + role.text();
        Answer in = call(token, row, Target.IN_SCOPE);
        switch (row.limited()) {
            case "like any other" -> allows(row, who, in, may);
            case "refused" -> allows(row, who, in, false);
            case "sees what is in scope" -> {
                allows(row, who, in, may);
                if (may) {
                    assertThat(in.text()).as(who + " " + row).doesNotContain(OF_OTHERS);
                }
            }
            case "a provider in scope", "one in scope" -> {
                allows(row, who, in, may);
                if (may) {
                    assertThat(in.text()).as(who + " " + row).doesNotContain(OF_OTHERS);
                }
                Answer other = call(token, row, Target.OUT_OF_SCOPE);
                Answer absent = call(token, row, Target.ABSENT);
                allows(row, who + ", out of scope,", other, false);
                allows(row, who + ", absent,", absent, false);
                assertThat(other.text()).as(who + " " + row).isEqualTo(absent.text());
                assertThat(other.header("ETag")).isEmpty();
                assertThat(other.header("Content-Length")).isEqualTo(absent.header("Content-Length"));
            }
            default -> throw new AssertionError("no expectation for: " + row);
        }
    }

    private static void allows(Row row, String who, Answer answer, boolean may) {
        String said = who + " may" + (may ? "" : " not") + " " + row.endpoint() + ": " + answer.text();
        if (may) {
            assertThat(answer.status())
                    .as(said)
                    .isNotIn(UNAUTHORIZED, FORBIDDEN)
                    .isLessThan(500);
        } else {
            assertThat(answer.status()).as(said).isEqualTo(FORBIDDEN);
        }
    }

    private Answer call(@Nullable String token, Row row, Target target) {
        String[] parts = row.endpoint().split(" ", 2);
        String path = parts[1].replace("{manager}", "local")
                .replace("{id}", target.provider)
                .replace("{*path}", target.path)
                .replace("{username}", target.consumer);
        if (path.contains("{token}")) {
            path = path.replace("{token}", tokenId(target));
        }
        if (path.contains("{revocation}")) {
            path = path.replace("{revocation}", revocationId(target));
        }
        if (path.contains("{certificate}")) {
            path = path.replace("{certificate}", certificateId(target));
        }
        path = path.replace("{session}", "0123456789ab");
        assertThat(path).as("a sample for each variable").doesNotContain("{");
        return admin.call(token, parts[0], path, body(row.endpoint(), target));
    }

    /** Returns the id of a certificate that exists, unless it is to be absent. */
    private String certificateId(Target target) {
        String id = "certificate-of-" + target.provider;
        if (target != Target.ABSENT) {
            Answer answer = admin.put("/admin/certificates/" + id, certificate(target));
            assertThat(answer.status()).as(answer.text()).isIn(200, 201);
        }
        return id;
    }

    private static String certificate(Target target) {
        String secret = "$secret://local/" + target.provider + "/tls/";
        return "{'delivery': 'adc', 'snis': ['" + target.provider + ".example.com'], 'certificate': '" + secret
                + "crt', 'key': '" + secret + "key'}";
    }

    /** Returns a body that would succeed if the caller had the right. */
    private @Nullable String body(String endpoint, Target target) {
        String provider = "local/" + target.provider;
        String team = target == Target.IN_SCOPE ? "a" : "b";
        return switch (endpoint) {
            case "PUT /admin/providers/{manager}/{id}", "PATCH /admin/providers/{manager}/{id}" ->
                "{'labels': {'team': '" + team + "'}}";
            case "POST /admin/providers/{manager}/{id}/test", "PATCH /admin/tokens/{token}", "POST /admin/import" ->
                "{}";
            case "PUT /admin/certificates/{certificate}" -> certificate(target);
            case "PATCH /admin/certificates/{certificate}" -> "{'desc': 'x'}";
            case "PUT /admin/secrets/{id}/{*path}", "PATCH /admin/secrets/{id}/{*path}" ->
                "{'fields': {'key': 'a-value-of-sixteen-bytes-" + team + "'}}";
            case "POST /admin/secrets/{id}/{*path}" -> "{'action': 'generate', 'field': 'other'}";
            case "POST /admin/refresh", "POST /admin/drill" -> "{'provider': '" + provider + "'}";
            case "POST /admin/explain" -> "{'reference': '$secret://" + provider + "/x/key'}";
            case "POST /admin/revoke" -> "{'provider': '" + provider + "', 'path': 'x', 'version': 'all'}";
            case "POST /admin/rotations/end" -> "{'provider': '" + provider + "', 'path': 'x'}";
            case "POST /admin/tokens" ->
                "{'name': 'made " + ++made + "', 'roles': ['viewer'], 'scope': " + scopeOf(target) + "}";
            default -> {
                assertThat(endpoint)
                        .as("a sample of a body")
                        .matches(
                                "(GET|DELETE) .*|POST /admin/(rekey|backup|compact|reload|tokens/reset|sessions/end|login-links"
                                        + "|audit/verification|certificates/.*/export)");
                yield null;
            }
        };
    }

    private String scopeOf(Target target) {
        return switch (target) {
            case IN_SCOPE -> scope;
            case OUT_OF_SCOPE -> "{'providers': ['local/b-*']}";
            case ABSENT -> "null";
        };
    }

    private String tokenId(Target target) {
        if (target == Target.ABSENT) {
            return "000000000000";
        }
        String name = "token of team " + (target == Target.IN_SCOPE ? "a " : "b ") + ++made;
        String text = token("viewer", scopeOf(target), name);
        return text.split("_", -1)[1];
    }

    private String revocationId(Target target) {
        return target == Target.ABSENT
                ? "none"
                : admin.post(
                                "/admin/revoke",
                                "{'provider': 'local/" + target.provider + "', 'path': 'x', 'version': 'all'}")
                        .expect(200)
                        .json()
                        .path("value")
                        .path("id")
                        .asString();
    }

    private String token(String role, String limits, String name) {
        return admin.post(
                        "/admin/tokens", "{'name': '" + name + "', 'roles': ['" + role + "'], 'scope': " + limits + "}")
                .expect(201)
                .json()
                .path("value")
                .path("token")
                .asString();
    }

    private static List<Row> rows() throws IOException {
        String page = Files.readString(PAGE);
        int start = page.indexOf(HEAD) + HEAD.length();
        return page.substring(start, page.indexOf("\n\n", start))
                .lines()
                .map(line ->
                        Arrays.stream(line.split("\\|", -1)).map(String::strip).toList())
                .map(cells -> new Row(
                        cells.get(1).replace("`", ""),
                        Arrays.stream(Role.values())
                                .filter(role -> cells.get(
                                                2 + List.of(Role.values()).indexOf(role))
                                        .equals("yes"))
                                .map(Role::text)
                                .toList(),
                        cells.get(2 + Role.values().length)))
                .toList();
    }

    @Test
    void forceNeedsAnAdmin() throws Exception {
        String operator = admin.token("operator", "");

        for (String path : List.of("/admin/providers/local/a-own?force=true", "/admin/secrets/a-own/x?force=true")) {
            admin.call(operator, "DELETE", path, null).expect(FORBIDDEN);
        }
        admin.delete("/admin/providers/local/a-own?force=true").expect(204);
    }
}
