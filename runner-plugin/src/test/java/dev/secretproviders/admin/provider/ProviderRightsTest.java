package dev.secretproviders.admin.provider;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.admin.AdminFixture.Answer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Whoever writes a provider gets no secret that they may not use, whatever they write and however they spell it. */
class ProviderRightsTest {
    private static final String PROD = "/admin/providers/vault/team-a-prod";
    private static final String SECRET = "c4n4ry-of-the-platform";
    private static final String REFERENCE = "$secret://local/platform/vault/token";
    private static final String SCOPE = ", 'scope': {'providers': ['vault/team-a-*']}";

    @TempDir
    private Path directory;

    private AdminFixture admin;
    private String operator;
    private HttpServer manager;
    private HttpServer thief;
    private final Queue<String> stolen = new ConcurrentLinkedQueue<>();

    @BeforeEach
    void open() throws Exception {
        manager = server(new ConcurrentLinkedQueue<>());
        thief = server(stolen);
        admin = new AdminFixture(directory);
        admin.put("/admin/providers/local/platform", "{}").expect(201);
        admin.put("/admin/secrets/platform/vault", "{'fields': {'token': '" + SECRET + "'}}")
                .expect(201);
        admin.put(PROD, object(manager, REFERENCE)).expect(201);
        operator = admin.token("operator", SCOPE);
    }

    @AfterEach
    void close() throws Exception {
        admin.close();
        manager.stop(0);
        thief.stop(0);
    }

    /** Answers like a Vault that has nothing, and notes all headers and the body of what it is asked. */
    private static HttpServer server(Queue<String> heard) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            heard.add(exchange.getRequestHeaders().entrySet()
                    + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            byte[] body = "{\"errors\":[]}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(404, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        return server;
    }

    private static String uri(HttpServer server) {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private static String object(HttpServer server, String token) {
        return "{'uri': '" + uri(server) + "', 'token': '" + token + "', 'timeout': '1s'}";
    }

    private Answer as(String method, String path, @Nullable String body) {
        return admin.call(operator, method, path, body);
    }

    @ParameterizedTest
    @ValueSource(strings = {"***", REFERENCE})
    void keptReferenceDoesNotFollowToAnotherAddress(String token) throws Exception {
        String there = object(thief, token);

        as("POST", PROD + "/test", "{'value': " + there + ", 'path': 'x/y'}").expect(403);
        as("PUT", PROD + "?dry_run=true", there).expect(403);
        as("PUT", PROD, there).expect(403);
        as("PATCH", PROD, "{'uri': '" + uri(thief) + "'}").expect(403);
        as("PATCH", PROD + "?dry_run=true", "{'uri': '" + uri(thief) + "'}").expect(403);
        as("PUT", "/admin/providers/vault/team-a-new", object(thief, REFERENCE)).expect(403);

        assertThat(stolen).isEmpty();
        assertThat(admin.get(PROD).json().path("value").path("uri").asString()).isEqualTo(uri(manager));
        assertThat(admin.audited())
                .contains(
                        "provider.test.failed provider/vault/team-a-prod",
                        "provider.dry-run.failed provider/vault/team-a-prod",
                        "provider.update.failed provider/vault/team-a-prod",
                        "provider.create.failed provider/vault/team-a-new");
    }

    /** A reference in the gateway's object would be followed with the rights of whoever imports it. */
    @ParameterizedTest
    @ValueSource(strings = {"vault/new", "vault/team-a-prod"})
    void writerOfTheGatewaysObjectsDoesNotUseTheRightsOfWhoImportsThem(String id) throws Exception {
        for (String token : new String[] {REFERENCE, "$env://PATH"}) {
            admin.gateway("""
                    consumers:
                      - {username: jack, labels: {told: "%s"}, plugins: {key-auth: {key: a-key-of-sixteen-bytes}}}
                    secrets:
                      - {id: "%s", uri: "%s", prefix: kv, token: "%s"}
                    """.formatted(Integer.toHexString(token.hashCode()), id, uri(thief), token));

            for (String query : new String[] {"?dry_run=true", "", "?update=true&dry_run=true", "?update=true"}) {
                JsonNode one = admin.post("/admin/import" + query, "")
                        .expect(200)
                        .json()
                        .at("/list/0");
                assertThat(one.path("result").asString()).isEqualTo("skipped");
                assertThat(one.path("reason").asString()).contains("token: refers to " + token);
            }
        }

        assertThat(stolen).isEmpty();
        assertThat(admin.get(PROD).json().path("value").path("uri").asString()).isEqualTo(uri(manager));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'namespace': 'other'",
                "'tls': {'verify': false}",
                "'auth': {'mount': 'other'}, 'token': null",
            })
    void whateverDecidesWhereACredentialGoesIsADestination(String change) {
        as("PATCH", PROD, "{'auth': {'method': 'token', 'token': '***'}, 'token': null}")
                .expect(400);
        admin.put(
                        "/admin/providers/vault/team-a-auth",
                        "{'uri': '" + uri(manager) + "', 'auth': {'method': 'token', 'token': '" + REFERENCE + "'}}")
                .expect(201);

        as("PATCH", "/admin/providers/vault/team-a-auth", "{" + change + "}").expect(403);
    }

    /** What a hostile operator tried: none of it sends a kept secret or a reference elsewhere. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "'uri': '%s', 'to\u212Aen': '***'",
                "'uri': '%s', 'token': ['***']",
                "'uri': '%s', 'token': {'': '***'}",
                "'uri': '%s', 'token': ['$secret://local/platform/vault/token']",
                "'uri': ['%s'], 'token': '***'",
                "'uri': {'0': '%s'}, 'token': '***'",
                "'uri': '%s', 'token': '$SECRET://local/platform/vault/token'",
                "'uri': '%s', 'token': '$secret://LOCAL/platform/vault/token'",
                "'uri': '%s', 'token': '$secret://local/platform/vault/%%74oken'",
                "'uri': '%s', 'token': '$secret://local/./platform/vault/token'",
                "'uri': '%s', 'uri': 'http://127.0.0.1:1', 'token': '***'",
                "'uri': '%s/$secret://local/platform/vault/token', 'token': 'x'",
                "'uri': '%s', 'namespace': '$secret://local/platform/vault/token', 'token': 'x'",
                "'uri': '%s', 'prefix': '$secret://local/platform/vault/token', 'token': 'x'",
                "'uri': '%s', 'auth': [{'method': 'token', 'token': '***'}]",
                "'uri': '%s', 'labels': {'token': '***'}, 'token': '***'",
            })
    void strangeShapesTakeNoSecretElsewhere(String fields) {
        String object = "{" + fields.replace("%s", uri(thief)).replace("%%", "%") + "}";

        for (AnswerOf call : List.<AnswerOf>of(
                () -> as("PUT", PROD, object),
                () -> as("PUT", PROD + "?dry_run=true", object),
                () -> as("PATCH", PROD, object),
                () -> as("PUT", "/admin/providers/vault/team-a-new", object),
                () -> as("POST", PROD + "/test", "{'value': " + object + ", 'path': 'x/y'}"))) {
            call.answer();
        }

        assertThat(stolen.toString()).doesNotContain(SECRET);
    }

    private interface AnswerOf {
        Answer answer();
    }

    @Test
    void keptReferenceNeedsNoRightWhereItStays() {
        assertThat(as("PATCH", PROD, "{'desc': 'of team a'}").expect(200).text())
                .contains("of team a");
        as("PUT", PROD, object(manager, "***")).expect(200);
        as("PUT", PROD, object(manager, REFERENCE)).expect(200);
        as("PUT", PROD + "?dry_run=true", object(manager, REFERENCE)).expect(200);
        as("POST", PROD + "/test", "{'value': " + object(manager, "***") + "}").expect(200);

        JsonNode value = admin.get(PROD).json().path("value");
        assertThat(value.path("token").asString()).isEqualTo(REFERENCE);
        as("PATCH", PROD, "{'token': '$secret://local/platform/vault/other'}").expect(403);
    }

    @Test
    void whoMayUseTheReferenceMayTakeItElsewhere() {
        String wide = admin.token("operator", ", 'scope': {'providers': ['vault/team-a-*', 'local/platform']}");

        admin.call(wide, "PATCH", PROD, "{'uri': '" + uri(thief) + "'}").expect(200);
        admin.call(wide, "POST", PROD + "/test", "{'value': " + object(manager, "***") + "}")
                .expect(200);
    }

    @Test
    void dryRunsAndTestsLeaveARecord() throws Exception {
        as("PUT", PROD + "?dry_run=true", object(manager, "***")).expect(200);
        as("PUT", "/admin/providers/vault/team-a-new?dry_run=true", "{'uri': 'x'}")
                .expect(400);
        as("POST", PROD + "/test", "{'value': {'uri': 'x'}}").expect(200);
        as("POST", PROD + "/test", "{'value': " + object(manager, "***") + "}").expect(200);

        assertThat(admin.audited())
                .contains(
                        "provider.dry-run provider/vault/team-a-prod",
                        "provider.dry-run.failed provider/vault/team-a-new",
                        "provider.test.failed provider/vault/team-a-prod");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "vault | {'Uri': '@', 'token': '***'} | Uri: write it as uri",
                "vault | {'uri': '@', 'TOKEN': '***'} | TOKEN: write it as token",
                "vault | {'uri': '@', 'token': '***', 'Token': 'x'} | Token: is the same field as token",
                "vault | {'uri': '@', 'token': '***', 'TLS': {'verify': false}} | TLS: write it as tls",
                "vault | {'uri': '@', 'token': '***', 'tls': {'Verify': false}} | tls.Verify: write it as tls.verify",
                "vault | {'uri': '@', 'auth': {'Secret-Id': 'x'}} | auth.Secret-Id: write it as auth.secret_id",
                "vault | {'uri': '@', 'token': 'x', 'Cache': {'TTL': '5s'}} | Cache: write it as cache",
                "vault | {'uri': '@', 'token': 'x', 'maxConcurrency': 2} | maxConcurrency: write it as max_concurrency",
                "vault | {'uri': '@', 'token': 'x', 'access': [{'Paths': ['x']}]} | access[0].Paths: write it as access[0].paths",
                "aws | {'Endpoint-Url': '@'} | Endpoint-Url: write it as endpoint_url",
                "azure | {'vault_uri': '@', 'auth': {'Authority-Host': '@'}} | auth.Authority-Host: write it as auth.authority_host",
                "gcp | {'auth_config': {'Entries_Uri': '@'}} | auth_config.Entries_Uri: write it as auth_config.entries_uri",
            })
    void anotherSpellingOfAFieldIsRefused(String row) {
        String[] parts = row.split(" \\| ", -1);
        String body = parts[1].replace("@", uri(thief));
        String path = parts[0].equals("vault") ? PROD : "/admin/providers/" + parts[0] + "/x";
        for (Answer answer : List.of(
                admin.put(path, body),
                admin.put(path + "?dry_run=true", body),
                admin.call(admin.firstToken, "PUT", "/admin/providers/" + parts[0] + "/new", body))) {
            assertThat(answer.expect(400).text()).contains(parts[2]);
        }
        if (parts[0].equals("vault")) {
            assertThat(admin.patch(PROD, body).expect(400).text()).contains(parts[2]);
        }
        assertThat(admin.post(
                                PROD.replace("vault/team-a-prod", parts[0] + "/team-a-prod") + "/test",
                                "{'value': " + body + "}")
                        .text())
                .contains(parts[2]);
        assertThat(stolen).isEmpty();
    }

    @Test
    void mergePatchAddsAndRemovesNoOtherSpelling() {
        admin.patch(PROD, "{'Token': null}").expect(400);
        admin.patch(PROD, "{'Token': 'x', 'token': null}").expect(400);
        assertThat(admin.get(PROD).json().path("value").path("token").asString())
                .isEqualTo(REFERENCE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'uri': '@', 'Token': '***'}",
                "{'uri': '@', 'token': '***'}",
                "{'uri': '@', 'token': 'x', 'desc': '***'}",
                "{'uri': '@', 'token': 'x', 'labels': {'a': '***'}}",
                "{'uri': '@', 'token': 'x', 'prefix': '***'}",
                "{'uri': '@', 'auth': {'method': 'approle', 'role_id': 'r', 'secret_id': '***'}}",
                "{'uri': '@', 'token': 'x', 'access': [{'consumers': ['***']}]}",
            })
    void literalMaskIsNeverStored(String object) {
        String path = "/admin/providers/vault/team-a-new";

        admin.put(path, object.replace("@", uri(manager))).expect(400);

        admin.get(path).expect(404);
    }

    @Test
    void literalMaskIsNoValueOfALocalSecret() {
        admin.put("/admin/secrets/platform/new", "{'fields': {'key': '***'}}").expect(400);
        admin.patch("/admin/secrets/platform/vault", "{'fields': {'token': '***'}}")
                .expect(400);
    }
}
