package dev.secretproviders.admin.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.admin.AdminFixture.Answer;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.store.Transaction;
import dev.secretproviders.store.embedded.EmbeddedStore;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a caller of the Admin API can make a provider read and connect to. */
final class ProviderReachTest {
    private static final String VAULT = "/admin/providers/vault/v";

    @TempDir
    private Path temp;

    private Path allowed;
    private Path data;
    private AdminFixture admin;
    private String operator;

    @BeforeEach
    void start() throws Exception {
        allowed = Files.createDirectories(temp.resolve("allowed"));
        data = Files.createDirectories(temp.resolve("allowed/data"));
        Files.writeString(data.resolve("keyring"), "the-keyring");
        Files.writeString(allowed.resolve("jwt"), "a.json.web.token");
        admin = new AdminFixture(
                temp,
                EmbeddedStore.open(temp.resolve("store.mv.db"), Duration.ZERO),
                AdminFixture.keyring(),
                Map.of(
                        "files",
                        Map.of("allow", List.of(allowed.toString())),
                        "destinations",
                        List.of("localhost", "*.aws.example")),
                Set.of(data));
        operator = admin.token("operator", "");
    }

    @AfterEach
    void stop() throws Exception {
        admin.close();
    }

    @Test
    void keyringIsNotPostedAsAWebToken() {
        String object = "{'uri': 'http://localhost:1', 'auth': {'method': 'jwt', 'jwt_file': '%s'}}";
        for (String query : List.of("", "?dry_run=true")) {
            Answer refused = admin.call(operator, "PUT", VAULT + query, object.formatted(data.resolve("keyring")));
            assertThat(refused.expect(400).text())
                    .contains("auth.jwt_file", data.resolve("keyring").toString(), "no provider may read");
            Answer outside = admin.call(operator, "PUT", VAULT + query, object.formatted("/etc/passwd"));
            assertThat(outside.expect(400).text()).contains("auth.jwt_file", "/etc/passwd", "providers.files.allow");
        }
        admin.call(operator, "PUT", VAULT, object.formatted(allowed.resolve("jwt")))
                .expect(201);
        Answer test = admin.call(
                operator, "POST", VAULT + "/test", "{'value': " + object.formatted(data.resolve("keyring")) + "}");
        assertThat(test.expect(200).json().path("failed_step").asString()).isEqualTo("configuration");
        assertThat(admin.call(operator, "PATCH", VAULT, "{'auth': {'jwt_file': '/proc/self/environ'}}")
                        .expect(400)
                        .text())
                .contains("/proc/self/environ");
    }

    @Test
    void linkThatIsSwappedLaterIsNotRead() throws Exception {
        Path link = Files.createSymbolicLink(allowed.resolve("link"), allowed.resolve("jwt"));
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String uri = "http://localhost:" + server.getLocalPort();
            admin.call(
                            operator,
                            "PUT",
                            VAULT,
                            "{'uri': '" + uri + "', 'auth': {'method': 'jwt', 'jwt_file': '" + link + "'}}")
                    .expect(201);
            Files.delete(link);
            Files.createSymbolicLink(link, data.resolve("keyring"));

            Answer test = admin.call(operator, "POST", VAULT + "/test", "{}").expect(200);
            assertThat(test.json().path("failed_step").asString()).isEqualTo("authenticate");
            assertThat(test.text())
                    .contains("auth.jwt_file", "no provider may read")
                    .doesNotContain("the-keyring");
        }
    }

    @Test
    void destinationsAndHttpAreRefusedWithTheRemedy() {
        String object = "{'uri': '%s', 'token': 't'}";
        assertThat(admin.call(operator, "PUT", VAULT, object.formatted("https://evil.example"))
                        .expect(400)
                        .text())
                .contains("uri: evil.example", "providers.destinations");
        assertThat(admin.call(operator, "PUT", VAULT, object.formatted("http://a.aws.example"))
                        .expect(400)
                        .text())
                .contains("uri: http", "tls.allow_plaintext: true");
        admin.call(operator, "PUT", VAULT, object.formatted("http://localhost:1"))
                .expect(201);
    }

    @Test
    void identityOfTheMachineTakesTheRightAndADestinationThatIsNamed() {
        String pod = "{'uri': 'https://%s', 'auth': {'method': 'kubernetes', 'role': 'r'}}";
        for (String query : List.of("", "?dry_run=true")) {
            Answer refused = admin.call(operator, "PUT", VAULT + query, pod.formatted("localhost:1"));
            assertThat(refused.expect(403).text()).contains("auth.jwt_file", "ambient_identity", "role admin");
        }
        Answer test = admin.call(operator, "POST", VAULT + "/test", "{'value': " + pod.formatted("localhost:1") + "}");
        assertThat(test.expect(403).text()).contains("auth.jwt_file", "ambient_identity");
        assertThat(admin.put(VAULT, pod.formatted("evil.example")).expect(400).text())
                .contains("evil.example", "providers.destinations");
        admin.put(VAULT, pod.formatted("localhost:1")).expect(201);
        admin.put("/admin/providers/aws/own", "{}").expect(201);

        admin.call(operator, "PATCH", VAULT, "{'desc': 'ours'}").expect(200);
        assertThat(admin.call(operator, "PATCH", VAULT, "{'auth': {'role': 'another'}}")
                        .expect(403)
                        .text())
                .contains("ambient_identity");
    }

    @Test
    void whatWasStoredBeforeGoesOnWithAFindingUntilItIsPointedElsewhere() throws Exception {
        admin.store.commit(Transaction.EMPTY.put("provider/vault/old", """
                {"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z","fields":
                 {"uri":"http://old.aws.example:8200","auth":{"method":"jwt","jwt_file":"/etc/hostname"}}}
                """.getBytes(StandardCharsets.UTF_8)));
        ProviderId old = new ProviderId("vault", "old");
        await().atMost(Duration.ofSeconds(10)).until(() -> admin.registry.get(old) != null);
        String path = "/admin/providers/vault/old";

        assertFindings("auth.jwt_file: '/etc/hostname'", "uri: http would send");
        admin.call(operator, "PATCH", path, "{'desc': 'from before'}").expect(200);
        assertFindings("auth.jwt_file: '/etc/hostname'", "uri: http would send");
        assertThat(admin.call(operator, "PATCH", path, "{'uri': 'http://localhost:1'}")
                        .expect(400)
                        .text())
                .contains("auth.jwt_file", "providers.files.allow");
        admin.call(
                        operator,
                        "PATCH",
                        path,
                        "{'uri': 'http://localhost:1', 'auth': {'jwt_file': '" + allowed.resolve("jwt") + "'}}")
                .expect(200);
        assertFindings();
        assertThat(admin.call(operator, "PATCH", path, "{'auth': {'jwt_file': '/etc/hostname'}}")
                        .expect(400)
                        .text())
                .as("the earlier value cannot be written again")
                .contains("providers.files.allow");
    }

    private void assertFindings(String... beginnings) {
        List<String> messages = admin.get("/admin/findings?kind=provider_limits")
                .expect(200)
                .json()
                .path("list")
                .findValuesAsString("message");
        assertThat(messages).hasSize(beginnings.length);
        for (String beginning : beginnings) {
            assertThat(messages).anyMatch(message -> message.startsWith(beginning));
        }
    }
}
