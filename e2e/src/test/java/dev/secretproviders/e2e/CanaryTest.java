package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.Outcome;
import dev.secretproviders.gateway.RawConnection;
import dev.secretproviders.gateway.RouteConf;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.peers.OpenBao;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Planted secrets occur nowhere in the runner's output, even at the finest log level. */
class CanaryTest {
    private static final String IN_VAULT = "canary-in-the-vault-1f0e";
    private static final String IN_FILE = "canary-in-the-gateways-configuration-2a7b";
    private static final String PRESENTED = "canary-presented-by-a-client-9c3d";
    private static final String SIGNING = "canary-that-signs-tokens-7d2c-0123456789abcdef";
    private static final RouteConf TOKENS = RouteConf.of("tokens", "secret-jwt-auth", "{}");
    private static final String IN_FOREIGN_JSON = "canary-in-a-value-that-is-not-json-4e5f";

    @TempDir
    Path directory;

    @Test
    void noSecretIsInLogsMetricsHealthAnswersOrTheOutputOfCommands() throws Exception {
        RunnerProcess.consumers(directory, """
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: $secret://vault/prod/jack/key}}
                  - username: jill
                    plugins: {key-auth: {key: %s}}
                  - username: twin
                    plugins: {key-auth: {key: %s}}
                  - username: signer
                    plugins: {jwt-auth: {key: signer, secret: $secret://vault/prod/signer/secret}}
                  - username: broken
                    plugins: {key-auth: {key: $env://BROKEN_JSON/field}}
                  - username: missing
                    plugins: {key-auth: {key: $secret://vault/prod/missing/key}}
                """.formatted(IN_FILE, IN_FILE));
        try (OpenBao bao = OpenBao.start()) {
            String token = bao.rootToken();
            bao.enableKv("kv", 2);
            bao.kvPut("kv", 2, "apisix/jack", Map.of("key", IN_VAULT));
            bao.kvPut("kv", 2, "apisix/signer", Map.of("secret", SIGNING));
            String jwt = signed("{\"key\":\"signer\"}");
            String yaml = RunnerProcess.consumersFromFile(directory) + """
                    providers:
                      vault:
                        prod: {uri: "%s", prefix: kv/apisix, token: %s, cache: {ttl: 1s}}
                    """.formatted(bao.uri(), token);
            Map<String, String> environment =
                    Map.of("LOGGING_LEVEL_ROOT", "TRACE", "BROKEN_JSON", "{\"field\": " + IN_FOREIGN_JSON);
            List<String> said = new ArrayList<>();
            try (RunnerProcess runner = RunnerProcess.start(directory, yaml, environment)) {
                runner.awaitStatus(200, IN_VAULT);
                try (RunnerClient client = runner.client()) {
                    said.add(client.call(GatewayRequest.get("/orders").header("apikey", PRESENTED), RunnerProcess.ROUTE)
                            .toString());
                    said.add(client.call(GatewayRequest.get("/orders?apikey=" + PRESENTED), RunnerProcess.ROUTE)
                            .toString());
                    said.add(client.call(GatewayRequest.get("/orders").header("apikey", IN_FILE), RunnerProcess.ROUTE)
                            .toString());
                }
                try (RunnerClient client = runner.client()) {
                    await().until(() -> client.call(bearer(jwt), TOKENS) instanceof Outcome.Continue);
                    said.add(client.call(bearer(jwt + "x"), TOKENS).toString());
                    said.add(client.call(bearer(jwt + "." + PRESENTED), TOKENS).toString());
                }
                try (RawConnection hostile = RawConnection.open(RunnerProcess.socket(directory))) {
                    hostile.send(("\2\0\0\60" + PRESENTED + "x".repeat(48)).getBytes(StandardCharsets.ISO_8859_1));
                }
                said.add(runner.get("/actuator/prometheus"));
                said.add(runner.get("/actuator/health"));
                bao.kvPut("kv", 2, "apisix/jack", Map.of("key", IN_VAULT + "-rotated"));
                runner.awaitStatus(200, IN_VAULT + "-rotated");
                bao.seal();
                await().until(() -> runner.get("/actuator/health").contains("DEGRADED"));
                said.add(runner.get("/actuator/health"));
                runner.terminate();
                said.add(runner.log());
            }
            bao.unseal();
            said.add(RunnerProcess.run(directory, yaml, environment, "resolve", "$secret://vault/prod/jack/key")
                    .out());
            said.add(RunnerProcess.run(directory, yaml, environment, "--check", "--socket", "/tmp/x")
                    .out());

            assertThat(said.get(said.size() - 2)).contains("FRESH").contains("version    2");
            assertThat(String.join("\n", said))
                    .as("logged at the finest level")
                    .contains("\"level\":\"DEBUG\"")
                    .doesNotContain(IN_VAULT)
                    .doesNotContain(IN_FILE)
                    .doesNotContain(PRESENTED)
                    .doesNotContain(SIGNING)
                    .doesNotContain(jwt)
                    .doesNotContain(IN_FOREIGN_JSON)
                    .doesNotContain(token);
            assertThat(Files.readString(
                            directory.resolve("secret-providers-data/last-known-good"), StandardCharsets.ISO_8859_1))
                    .doesNotContain(IN_VAULT)
                    .doesNotContain(IN_FILE)
                    .doesNotContain(SIGNING)
                    .doesNotContain(token);
            Path tokens = directory.resolve("secret-providers-data/conf-tokens");
            await().atMost(Duration.ofSeconds(30)).until(() -> Files.exists(tokens));
            assertThat(Files.readString(tokens, StandardCharsets.ISO_8859_1))
                    .doesNotContain(IN_VAULT)
                    .doesNotContain(SIGNING)
                    .doesNotContain(token);
            try (var files = Files.walk(directory)) {
                assertThat(files.filter(Files::isRegularFile))
                        .extracting(Path::getFileName)
                        .extracting(Path::toString)
                        .containsExactlyInAnyOrder(
                                "apisix.yaml",
                                "application.yaml",
                                "runner.log",
                                "admin-token",
                                "keyring",
                                "last-known-good",
                                "conf-tokens",
                                "store.mv.db",
                                "store.mv.db.lock",
                                "store-counter");
            }
        }
    }

    private static GatewayRequest bearer(String jwt) {
        return GatewayRequest.get("/orders").header("authorization", "Bearer " + jwt);
    }

    private static String signed(String payload) throws GeneralSecurityException {
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        String input = base64.encodeToString("{\"alg\":\"HS256\"}".getBytes(StandardCharsets.UTF_8)) + "."
                + base64.encodeToString(payload.getBytes(StandardCharsets.UTF_8));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(SIGNING.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return input + "." + base64.encodeToString(mac.doFinal(input.getBytes(StandardCharsets.UTF_8)));
    }
}
