package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.OpenBao;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** What the packaged runner sends to a webhook and to a collector: audit records and traces. */
class TelemetryTest {
    private static final String OLD = "canary-first-key-of-jack";
    private static final String NEW = "canary-second-key-of-jack";
    private static final String COLLECTOR_TOKEN = "canary-token-of-the-collector";
    private static final String WEBHOOK_KEY = "canary-key-of-the-webhook-0123456789";
    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    private Path directory;

    @Test
    void tracesShowFetchLogInRotationAndIndexWithoutSecretsOrPaths() throws Exception {
        RunnerProcess.consumers(directory, """
            consumers:
              - username: jack
                plugins: {key-auth: {key: $secret://vault/prod/people/jack/key}}
            """);
        try (OpenBao bao = OpenBao.start();
                Receiver collector = Receiver.start()) {
            bao.enableKv("kv", 2);
            bao.kvPut("kv", 2, "apisix/people/jack", Map.of("key", OLD));
            bao.put("sys/auth/approle", Map.of("type", "approle"));
            bao.put("sys/policies/acl/reader", Map.of("policy", "path \"kv/*\" { capabilities = [\"read\"] }"));
            bao.put("auth/approle/role/app", Map.of("token_policies", "reader", "token_ttl", "1h"));
            String roleId = data(bao, "GET", "role-id", "role_id");
            String secretId = data(bao, "PUT", "secret-id", "secret_id");
            String yaml = RunnerProcess.consumersFromFile(directory)
                    + """
                    providers:
                      vault:
                        prod: {uri: "%s", prefix: kv/apisix, cache: {ttl: 1s}, auth: {method: approle, role_id: "%s", secret_id: "%s"}}
                    tracing:
                      otlp:
                        endpoint: "%s"
                        headers: {Authorization: "$env://COLLECTOR"}
                    """.formatted(bao.uri(), roleId, secretId, collector.base());
            try (RunnerProcess runner =
                    RunnerProcess.start(directory, yaml, Map.of("COLLECTOR", "Bearer " + COLLECTOR_TOKEN))) {
                runner.awaitStatus(200, OLD);
                bao.kvPut("kv", 2, "apisix/people/jack", Map.of("key", NEW));
                runner.awaitStatus(200, NEW);

                await().atMost(SOON)
                        .untilAsserted(() -> assertThat(collector.everything("/v1/traces"))
                                .contains(
                                        "secret.fetch",
                                        "provider.login",
                                        "secret.rotation",
                                        "index.change",
                                        "vault/prod",
                                        "secret-providers"));
                assertThat(collector.requests("/v1/traces"))
                        .allMatch(request -> request.authorization().equals("Bearer " + COLLECTOR_TOKEN));
                assertThat(collector.everything("/v1/traces"))
                        .doesNotContain("canary", "jack", "people", "kv/", roleId, secretId);

                collector.answer(500);
                await().atMost(SOON).until(() -> runner.log().contains("spans cannot be sent to the collector"));
                runner.awaitStatus(200, NEW);
                collector.answer(200);
                await().atMost(SOON).until(() -> runner.log().contains("spans are sent to the collector"));
                runner.terminate();
                assertThat(runner.log()).doesNotContain("canary", secretId, "io.opentelemetry");
            }
        }
    }

    @Test
    void auditRecordsReachWebhookAndCollectorAlsoAfterACrash() throws Exception {
        RunnerProcess.consumers(directory, "consumers: []");
        Path key = Files.createFile(
                directory.resolve("webhook-key"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(key, WEBHOOK_KEY);
        try (Receiver receiver = Receiver.start()) {
            String yaml =
                    RunnerProcess.consumersFromFile(directory) + """
                        audit:
                          webhook: {url: "%1$s/hook", secret-file: %2$s}
                          otlp: {endpoint: "%1$s", headers: {Authorization: "Bearer %3$s"}}
                        """.formatted(receiver.base(), key, COLLECTOR_TOKEN);
            try (RunnerProcess runner = RunnerProcess.start(directory, yaml, Map.of());
                    AdminClient admin = runner.admin()) {
                admin.put("/admin/providers/local/own", "{}").expect(201);
                await().atMost(SOON).until(() -> receiver.everything("/hook").contains("provider/local/own"));
                receiver.answer(503);
                admin.put("/admin/secrets/own/jack", "{'fields': {'key': '%s'}}".formatted(OLD))
                        .expect(201);
                await().atMost(SOON)
                        .until(() -> runner.metric("secret_providers_audit_copy_failures_total", "webhook") > 0);
                assertThat(runner.metric("secret_providers_audit_copies_waiting", "webhook"))
                        .isPositive();
                runner.kill();
            }
            receiver.answer(200);
            try (RunnerProcess runner = RunnerProcess.start(directory, yaml, Map.of());
                    AdminClient admin = runner.admin()) {
                // Records of the start may follow, so the number of the last one grows.
                await().atMost(SOON).untilAsserted(() -> {
                    long last = last(admin);
                    assertThat(ids(receiver).stream().distinct())
                            .containsExactlyElementsOf(
                                    LongStream.rangeClosed(1, last).boxed().toList());
                    assertThat(receiver.everything("/v1/logs")).contains("\"id\":" + last + ",");
                });
                for (Receiver.Request request : receiver.requests("/hook")) {
                    assertThat(request.signature()).isEqualTo(signature(request));
                }
                assertThat(receiver.requests("/v1/logs"))
                        .allMatch(request -> request.authorization().equals("Bearer " + COLLECTOR_TOKEN));
                assertThat(receiver.everything("/v1/logs"))
                        .contains("\"event_type\":\"provider.create\"", "secret.create", "secret-providers");
                assertThat(receiver.everything("/hook") + receiver.everything("/v1/logs"))
                        .doesNotContain("canary");
                assertThat(runner.log()).doesNotContain("canary");
                assertThat(runner.get("/actuator/prometheus")).doesNotContain("canary");
            }
        }
    }

    /** The classes of OpenTelemetry would lengthen each start. */
    @Test
    void nothingOfOpenTelemetryIsLoadedWithoutACollector() throws Exception {
        RunnerProcess.consumers(directory, "consumers: []");
        Path loaded = directory.resolve("classes.log");
        List<String> options = new ArrayList<>(QuickStart.OPTIONS);
        options.add("-Xlog:class+load:file=" + loaded);
        try (RunnerProcess runner = RunnerProcess.start(
                        directory,
                        RunnerProcess.consumersFromFile(directory),
                        Map.of(),
                        QuickStart.INSTALLED.command(options));
                AdminClient admin = runner.admin()) {
            admin.put("/admin/providers/local/own", "{}").expect(201);
            runner.get("/actuator/prometheus");
            assertThat(Files.readString(loaded, StandardCharsets.UTF_8))
                    .contains("dev.secretproviders.app.wiring.Runner ")
                    .doesNotContain("io.opentelemetry.", "io.micrometer.tracing.", "app.telemetry.");
        }
    }

    private static long last(AdminClient admin) throws Exception {
        return admin.get("/admin/audit?page_size=1")
                .expect(200)
                .json()
                .path("list")
                .path(0)
                .path("id")
                .asLong();
    }

    private static List<Long> ids(Receiver receiver) {
        return receiver.requests("/hook").stream()
                .map(request ->
                        JsonMapper.shared().readTree(request.body()).path("id").asLong())
                .toList();
    }

    private static String signature(Receiver.Request request) throws Exception {
        String time = request.signature().substring(2, request.signature().indexOf(','));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(WEBHOOK_KEY.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        byte[] signed = mac.doFinal((time + "." + request.body()).getBytes(StandardCharsets.UTF_8));
        return "t=" + time + ",v1=" + HexFormat.of().formatHex(signed);
    }

    private static String data(OpenBao bao, String method, String what, String field) throws IOException {
        return bao.http(method, "/v1/auth/approle/role/app/" + what, method.equals("PUT") ? "{}" : null)
                .json()
                .path("data")
                .path(field)
                .asString();
    }
}
