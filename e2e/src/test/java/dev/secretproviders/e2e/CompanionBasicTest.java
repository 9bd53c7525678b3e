package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.peers.NginxConnection;
import dev.secretproviders.peers.NginxConnection.Header;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The table of native {@code basic-auth}, by the companion, and passwords that end. */
class CompanionBasicTest extends CompanionDecisions {
    private static final String PATIENT = "{\"verdict_ttl\": 3600, \"grace\": 3600}";
    private static final String ROUTE = "/routes/basic";
    private static final String JACK = """
              - {username: jack}
              - id: jack/credentials/b1
                plugins: {basic-auth: {username: jack, password: "$secret://local/own/jack/password"}}
            """;

    CompanionBasicTest() {
        super("secret-basic-auth", "Basic", "decisions-basic.json");
    }

    private static List<Integer> statuses(CompanionGateway gateway, String route, String credentials)
            throws IOException {
        String header = "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
        List<Integer> statuses = new ArrayList<>();
        for (NginxConnection worker : gateway.workers()) {
            statuses.add(worker.get(route, List.of(new Header("Authorization", header)))
                    .status());
        }
        return statuses;
    }

    private static void awaitStatus(CompanionGateway gateway, int status, String credentials) {
        Awaitility.await("status " + status + " at all workers")
                .atMost(Duration.ofSeconds(15))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> statuses(gateway, ROUTE, credentials).stream().allMatch(one -> one == status));
    }

    @Test
    void aPasswordIsRotatedRevokedAndServedThroughAnOutage(@TempDir Path place) throws Exception {
        RunnerProcess.consumers(place, "consumers:\n" + JACK);
        try (RunnerProcess runner = RunnerProcess.start(place, RunnerProcess.consumersFromFile(place), Map.of());
                AdminClient admin = runner.admin();
                CompanionGateway gateway =
                        CompanionGateway.start(place, CompanionGateway.apisix("consumers:\n" + JACK))) {
            gateway.nginx().route("basic", "secret-basic-auth", PATIENT);
            gateway.nginx().route("multi", "multi-auth", """
                    {"auth_plugins": [{"secret-key-auth": {}}, {"secret-basic-auth": %s}]}
                    """.formatted(PATIENT));
            admin.put("/admin/providers/local/own", "{'rotation': {'overlap': '60s'}}")
                    .expect(201);
            admin.put("/admin/secrets/own/jack", "{'fields': {'password': 'the-first-password'}}")
                    .expect(201);
            awaitStatus(gateway, 200, "jack:the-first-password");
            assertThat(statuses(gateway, "/routes/multi", "jack:the-first-password"))
                    .containsOnly(200);
            assertThat(statuses(gateway, "/routes/multi", "jack:wrong")).containsOnly(401);

            admin.put("/admin/secrets/own/jack", "{'fields': {'password': 'the-second-password'}}")
                    .expect(200);
            awaitStatus(gateway, 200, "jack:the-second-password");
            assertThat(statuses(gateway, ROUTE, "jack:the-first-password"))
                    .as("within the overlap")
                    .containsOnly(200);

            admin.post("/admin/revoke", "{'provider': 'local/own', 'path': 'jack', 'version': 'previous'}")
                    .expect(200);
            awaitStatus(gateway, 401, "jack:the-first-password");
            awaitStatus(gateway, 200, "jack:the-second-password");

            runner.kill();
            assertThat(statuses(gateway, ROUTE, "jack:the-second-password"))
                    .as("remembered")
                    .containsOnly(200);
            assertThat(statuses(gateway, ROUTE, "jack:the-first-password")).containsOnly(503);
            assertThat(gateway.nginx().log()).doesNotContain("the-first-password", "the-second-password");
        }
    }
}
