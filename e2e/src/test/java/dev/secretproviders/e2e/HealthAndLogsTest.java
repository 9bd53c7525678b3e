package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.RouteConf;
import dev.secretproviders.gateway.RunnerClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What an operator sees: health that reflects service, and a log with each event in the runner's life once. */
class HealthAndLogsTest {
    @TempDir
    Path directory;

    @Test
    void noSourceIsUp() throws Exception {
        try (RunnerProcess runner = RunnerProcess.start(directory, "consumers: {source: none}\n", Map.of())) {
            await().untilAsserted(() -> assertThat(status(runner, "")).isEqualTo("UP"));
            assertThat(runner.status("/actuator/health")).isEqualTo(200);
            assertThat(runner.status("/actuator/health/..;/env")).isEqualTo(400);
            assertThat(runner.status("/error")).isEqualTo(404);
            assertThat(runner.get("/actuator/prometheus"))
                    .contains("secret_providers_health{component=\"runner\",status=\"up\"} 1")
                    .contains("secret_providers_findings{kind=\"missing_secret\"} 0");
        }
    }

    @Test
    void healthMeansServiceAndTheLogTellsEachEventOnce() throws Exception {
        consumers("");
        try (RunnerProcess runner =
                        RunnerProcess.start(directory, RunnerProcess.consumersFromFile(directory), Map.of());
                AdminClient admin = runner.admin()) {
            await().untilAsserted(() -> assertThat(status(runner, "runner")).isEqualTo("DEGRADED"));
            assertThat(runner.status("/actuator/health")).isEqualTo(200);
            assertThat(runner.get("/actuator/health")).contains("the source delivers no consumers");
            assertThat(status(runner, "ready")).isEqualTo("UP");

            consumers("""
                  - {username: jack, plugins: {key-auth: {key: "$secret://local/own/jack/key"}}}
                  - {username: rose, plugins: {key-auth: {key: "$secret://local/own/rose/key"}}}
                  - {username: left, plugins: {key-auth: {key: 7}}}
                """);
            admin.put("/admin/providers/local/own", "{}").expect(201);
            admin.put("/admin/secrets/own/jack", "{'fields': {'key': 'a-first-key-of-jack'}}")
                    .expect(201);
            runner.awaitStatus(200, "a-first-key-of-jack");
            admin.put("/admin/secrets/own/jack", "{'fields': {'key': 'another-key-of-jack'}}")
                    .expect(200);
            runner.awaitStatus(200, "another-key-of-jack");
            admin.post("/admin/tokens", "{'name': 'ops', 'roles': ['viewer']}").expect(201);

            await().untilAsserted(() -> assertThat(status(runner, "")).isEqualTo("UP"));
            assertThat(admin.get("/admin/findings")
                            .expect(200)
                            .json()
                            .path("list")
                            .findValuesAsString("kind"))
                    .as("one missing secret is only a finding")
                    .containsExactly("missing_secret", "consumer_problem");

            try (RunnerClient client = runner.client()) {
                client.call(
                        GatewayRequest.get("/orders"), RouteConf.of("broken", "secret-key-auth", "{\"heador\": 1}"));
            }
            assertThat(status(runner, "runner")).isEqualTo("DEGRADED");
            assertThat(runner.get("/actuator/health"))
                    .contains("route broken: ", "\"since\"")
                    .doesNotContain("RouteProblem", "RouteId", "dev.secretproviders");
            assertThat(runner.get("/actuator/health/readiness"))
                    .contains("\"UP\"")
                    .doesNotContain("DEGRADED");
            assertThat(runner.metric("secret_providers_routes_misconfigured", ""))
                    .isEqualTo(1);

            admin.post("/admin/revoke", "{'provider': 'local/own', 'path': 'jack', 'version': '2'}")
                    .expect(200);
            await().until(() -> runner.log().contains("was revoked at"));
            runner.terminate();
            List<JsonNode> lines = lines(runner.log());
            assertThat(lines)
                    .extracting(line -> line.path("event").asString(""))
                    .filteredOn(event -> !event.isEmpty())
                    .containsOnlyOnce(
                            "runner.start",
                            "socket.listening",
                            "runner.ready",
                            "source.connected",
                            "consumer.left-out",
                            "provider.create",
                            "secret.create",
                            "secret.update",
                            "secret.rotated",
                            "secret.revoke",
                            "route.misconfigured",
                            "runner.stop",
                            "runner.stopped")
                    .containsSubsequence("runner.start", "runner.ready", "provider.create", "runner.stop");
            assertThat(lines)
                    .anySatisfy(line -> {
                        assertThat(line.path("event").asString("")).isEqualTo("reference.unusable");
                        assertThat(line.path("log").path("level").asString()).isEqualTo("WARN");
                        assertThat(line.path("provider").asString("")).isEqualTo("local/own");
                        assertThat(line.path("reference").asString("")).isEqualTo("$secret://local/own/rose/key");
                        assertThat(line.path("consumer").asString("")).isEqualTo("rose");
                    })
                    .allSatisfy(
                            line -> assertThat(line.path("log").path("logger").asString(""))
                                    .as("only the runner itself logs at INFO")
                                    .startsWith("dev.secretproviders."));
        }
    }

    @Test
    void plainTextTellsTheSame() throws Exception {
        consumers("  - {username: rose, plugins: {key-auth: {key: \"$secret://local/own/rose/key\"}}}\n");
        try (RunnerProcess runner = RunnerProcess.start(
                directory,
                RunnerProcess.consumersFromFile(directory),
                Map.of("LOGGING_STRUCTURED_FORMAT_CONSOLE", ""))) {
            await().until(() -> runner.log().contains("stands for no secret"));
            assertThat(runner.log())
                    .contains("configuration: " + directory.resolve("application.yaml"), "consumers from: file")
                    .contains("$secret://local/own/rose/key, used by rose, stands for no secret (invalid)");
        }
    }

    private void consumers(String list) throws Exception {
        RunnerProcess.consumers(directory, list.isEmpty() ? "consumers: []" : "consumers:\n" + list);
    }

    /** Returns the status of health, or of one of its components. */
    private static String status(RunnerProcess runner, String component) throws Exception {
        JsonNode health = JsonMapper.shared().readTree(runner.get("/actuator/health"));
        return (component.isEmpty() ? health : health.path("components").path(component))
                .path("status")
                .asString("");
    }

    private static List<JsonNode> lines(String log) {
        List<JsonNode> lines = new ArrayList<>();
        log.lines()
                .filter(line -> line.startsWith("{"))
                .forEach(line -> lines.add(JsonMapper.shared().readTree(line)));
        return lines;
    }
}
