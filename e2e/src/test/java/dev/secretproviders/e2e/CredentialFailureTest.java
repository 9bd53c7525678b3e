package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.OpenBao;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A provider whose own token expired, one that is unreachable, and a missing secret. State, metric, log and status tell
 * them apart, and none of them refuses a request that was accepted before.
 */
class CredentialFailureTest {
    private static final String JACK = "jack-key-in-the-vault";

    @TempDir
    Path directory;

    @Test
    void tokenThatDiedIsToldApartAndItsSuccessorIsFoundWithoutARestart() throws Exception {
        RunnerProcess.consumers(directory, """
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: $secret://vault/prod/jack/key}}
                  - username: jill
                    plugins: {key-auth: {key: $secret://vault/prod/jill/key}}
                """);
        try (OpenBao bao = OpenBao.startPersistent()) {
            bao.enableKv("kv", 2);
            bao.kvPut("kv", 2, "apisix/jack", Map.of("key", JACK));
            bao.put(
                    "sys/policies/acl/reader",
                    Map.of("policy", "path \"kv/data/apisix/*\" { capabilities = [\"read\"] }"));
            Path mounted = Files.createDirectory(directory.resolve("mounted"));
            String first = token(bao);
            Files.writeString(mounted.resolve("token"), first);
            String yaml = RunnerProcess.consumersFromFile(directory) + """
                    providers:
                      file:
                        mounted: {directory: "%s"}
                      vault:
                        prod: {uri: "%s", prefix: kv/apisix, token: "$secret://file/mounted/token", timeout: 1s, cache: {ttl: 1s}}
                    """.formatted(mounted, bao.uri());
            try (RunnerProcess runner = RunnerProcess.start(directory, yaml, Map.of());
                    AdminClient admin = runner.admin()) {
                runner.awaitStatus(200, JACK);
                awaitState(runner, admin, "up");
                // A missing secret is a problem of the reference, not of the provider.
                assertThat(runner.metric("secret_providers_references", "state=\"negative\""))
                        .isEqualTo(1);
                await().until(() -> runner.log().contains("used by jill, stands for no secret"));

                bao.put("auth/token/revoke", Map.of("token", first));
                awaitState(runner, admin, "unauthenticated");
                assertThat(runner.metric("secret_providers_fetches_total", "outcome=\"authentication\""))
                        .isPositive();
                assertThat(runner.metric("secret_providers_fetches_total", "outcome=\"unavailable\""))
                        .isZero();
                assertThat(runner.log()).contains("vault/prod cannot be asked").contains("AUTHENTICATION: ");
                assertThat(runner.get("/actuator/health")).contains("the token is not accepted");
                assertThat(status(admin).path("last_error_kind").asString()).isEqualTo("authentication");
                assertThat(runner.statusFor(JACK)).isEqualTo(200);

                bao.stop();
                awaitState(runner, admin, "down");
                assertThat(status(admin).path("last_error_kind").asString()).isIn("unavailable", "timeout");
                assertThat(runner.statusFor(JACK)).isEqualTo(200);
                bao.startAgain();
                awaitState(runner, admin, "unauthenticated");

                Files.writeString(mounted.resolve("token.new"), token(bao));
                Files.move(mounted.resolve("token.new"), mounted.resolve("token"), StandardCopyOption.ATOMIC_MOVE);
                awaitState(runner, admin, "up");
                bao.kvPut("kv", 2, "apisix/jack", Map.of("key", "jack-key-rotated-since"));
                runner.awaitStatus(200, "jack-key-rotated-since");
                assertThat(runner.log()).contains("vault/prod answers again").doesNotContain(first, JACK);
            }
        }
    }

    private static void awaitState(RunnerProcess runner, AdminClient admin, String state) {
        await("state " + state)
                .atMost(Duration.ofSeconds(25))
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(() -> {
                    assertThat(status(admin).path("state").asString()).isEqualTo(state);
                    assertThat(runner.metric(
                                    "secret_providers_provider_state",
                                    "provider=\"vault/prod\",state=\"" + state + "\""))
                            .isEqualTo(1);
                });
    }

    private static JsonNode status(AdminClient admin) {
        return admin.get("/admin/providers/vault/prod/status").expect(200).json();
    }

    private static String token(OpenBao bao) {
        return bao.put("auth/token/create", Map.of("policies", List.of("reader"), "ttl", "1h"))
                .at("/auth/client_token")
                .asString();
    }
}
