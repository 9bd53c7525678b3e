package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.peers.Prometheus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The alert rules and the Grafana dashboard on a real Prometheus that reads the packaged runner: every metric and every
 * value of a label that they name is there, and every expression of the dashboard gives data.
 */
class MonitoringTest {
    private static final String OLD = "the-first-key-of-jack";
    private static final String NEW = "the-second-key-of-jack";
    private static final Pattern METRIC = Pattern.compile("\\b((?:secret_providers|jvm|process)_\\w+)(?:\\{([^}]*)})?");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=~?\"([^\"$]*)\"");

    @TempDir
    private Path directory;

    @Test
    void alertsAndDashboardNameWhatIsThere() throws Exception {
        RunnerProcess.consumers(directory, """
            consumers:
              - username: jack
                plugins: {key-auth: {key: "$secret://local/own/jack/key"}}
              - username: rose
                plugins: {key-auth: {key: "$secret://vault/away/rose/key"}}
              - username: left
                plugins: {key-auth: {key: 7}}
            """);
        String yaml = RunnerProcess.consumersFromFile(directory)
                + """
            providers:
              vault:
                away: {uri: "http://127.0.0.1:1", prefix: kv/apisix, token: t, timeout: 1s, budget: {fetches_per_minute: 600}}
            audit: {file: "%s"}
            """.formatted(directory.resolve("audit-copy.jsonl").toAbsolutePath());
        try (RunnerProcess runner = RunnerProcess.start(directory, yaml, Map.of());
                CompanionGateway gateway = CompanionGateway.start(
                        directory, "[{\"username\": \"jack\", \"plugins\": {\"key-auth\": {\"key\": \"x\"}}}]");
                Prometheus prometheus = Prometheus.start(configuration(runner));
                AdminClient admin = runner.admin()) {
            admin.put("/admin/providers/local/own", "{}").expect(201);
            write(admin, OLD, 201);
            runner.awaitStatus(200, OLD);
            write(admin, NEW, 200);
            runner.awaitStatus(200, NEW);
            try (RunnerClient client = runner.client()) {
                assertThat(RunnerProcess.statusFor(client, OLD)).isEqualTo(200);
                assertThat(RunnerProcess.statusFor(client, "the-key-of-no-consumer"))
                        .isEqualTo(503);
                client.call(GatewayRequest.get("/orders"), RunnerProcess.ROUTE);
                assertThat(gateway.statuses(NEW)).containsOnly(200);
                List<String> expressions = dashboard();
                assertThat(expressions).hasSizeGreaterThan(35);
                Set<String> empty = new HashSet<>(expressions);
                await("data for every expression of the dashboard")
                        .atMost(Duration.ofSeconds(40))
                        .pollInterval(Duration.ofMillis(500))
                        .untilAsserted(() -> {
                            empty.removeIf(
                                    expression -> !prometheus.query(expression).isEmpty());
                            assertThat(empty).isEmpty();
                        });

                String scrape = runner.get("/actuator/prometheus");
                List<String> named = new ArrayList<>(expressions);
                AlertsTest.alerts()
                        .forEach(alert -> named.add(alert.path("expr").asString("")));
                assertThat(named.stream().flatMap(expression -> absent(expression, scrape).stream()))
                        .isEmpty();
                assertThat(scrape).doesNotContain(OLD, NEW, "rose/key", "jack/key");

                await("the alert about the manager that is away")
                        .atMost(Duration.ofSeconds(20))
                        .untilAsserted(() -> assertThat(prometheus.rules())
                                .hasSameSizeAs(AlertsTest.alerts())
                                .allSatisfy(
                                        rule -> assertThat(rule.path("health").asString(""))
                                                .as(rule.toString())
                                                .isEqualTo("ok"))
                                .anySatisfy(rule -> {
                                    assertThat(rule.path("name").asString("")).isEqualTo("SecretProvidersManagerAway");
                                    assertThat(rule.path("state").asString("")).isEqualTo("pending");
                                }));
            }
        }
    }

    private static void write(AdminClient admin, String key, int status) {
        admin.put("/admin/secrets/own/jack", "{'fields': {'key': '%s'}}".formatted(key))
                .expect(status);
    }

    private static String configuration(RunnerProcess runner) {
        return """
            global: {scrape_interval: 1s, evaluation_interval: 1s}
            rule_files: ["%s"]
            scrape_configs:
              - job_name: secret-providers
                metrics_path: /actuator/prometheus
                static_configs: [{targets: ["127.0.0.1:%d"]}]
            """.formatted(AlertsTest.DIRECTORY.resolve("alerts.yml").toAbsolutePath(), runner.managementPort());
    }

    /** Returns the expressions of all panels, as Grafana sends them for all runners. */
    private static List<String> dashboard() throws IOException {
        JsonNode dashboard =
                JsonMapper.shared().readTree(Files.readString(AlertsTest.DIRECTORY.resolve("grafana-dashboard.json")));
        List<String> expressions = new ArrayList<>();
        for (JsonNode panel : dashboard.path("panels")) {
            for (JsonNode target : panel.path("targets")) {
                expressions.add(target.path("expr")
                        .asString("")
                        .replace("$job", ".*")
                        .replace("$instance", ".*")
                        .replace("$__rate_interval", "5s"));
            }
        }
        return expressions;
    }

    /** Returns the metrics and the values of labels that an expression names and a scrape does not have. */
    private static List<String> absent(String expression, String scrape) {
        List<String> absent = new ArrayList<>();
        Matcher metric = METRIC.matcher(expression);
        while (metric.find()) {
            String name = metric.group(1);
            Set<String> series = scrape.lines()
                    .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
                    .collect(Collectors.toSet());
            if (series.isEmpty()) {
                absent.add(name);
            }
            Matcher label = LABEL.matcher(metric.group(2) == null ? "" : metric.group(2));
            while (label.find()) {
                if (label.group(1).equals("job") || label.group(1).equals("instance")) {
                    continue;
                }
                for (String value : label.group(2).split("\\|", -1)) {
                    String wanted = label.group(1) + "=\"" + value + "\"";
                    if (series.stream().noneMatch(line -> line.contains(wanted))) {
                        absent.add(name + "{" + wanted + "}");
                    }
                }
            }
        }
        return absent;
    }
}
