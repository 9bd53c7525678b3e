package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.Outcome;
import dev.secretproviders.gateway.RouteConf;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.peers.NginxConnection;
import dev.secretproviders.peers.NginxConnection.Header;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Secrets for upstreams, by the filter and by the companion in nginx: sent, rotated, revoked, through an outage. */
class InjectTest {
    private static final String CONFIG =
            "{\"headers\": {\"Authorization\": \"Bearer ${secret://local/own/up/token}\"}}";
    private static final String PATIENT = "{\"value_ttl\": 3600, \"grace\": 3600, " + CONFIG.substring(1);
    private static final String OWN = "{\"headers\": {\"X-Own\": \"${secret://local/own/{consumer}/token}\"}}";
    private static final String ROUTE = "/routes/inject";
    private static final String JACK =
            "consumers:\n  - {username: jack, plugins: {key-auth: {key: the-key-of-jack-32-characters}}}\n";
    private static final RouteConf FILTER = RouteConf.of("1", "secret-inject", CONFIG);
    private static final Header FORGED = new Header("Authorization", "Bearer mine");

    @TempDir
    Path directory;

    /** Returns what each worker sends to the upstream, or its status if it refuses. */
    private static List<String> sent(CompanionGateway gateway) throws IOException {
        List<String> sent = new ArrayList<>();
        for (NginxConnection worker : gateway.workers()) {
            NginxConnection.Reply reply = worker.get(ROUTE, List.of(FORGED));
            sent.add(
                    reply.status() == 200
                            ? reply.seen().at("/headers/authorization").asString()
                            : "" + reply.status());
        }
        return sent;
    }

    /** Returns what the filter sends to the upstream, or the status of its refusal. */
    private static String sent(RunnerClient client, RouteConf route) {
        Outcome outcome = client.call(GatewayRequest.get("/").header("authorization", "Bearer mine"), route);
        return outcome instanceof Outcome.Continue go
                ? String.join(",", go.upstream().headers("Authorization"))
                : "" + RunnerProcess.status(outcome);
    }

    private static void await(CompanionGateway gateway, RunnerClient client, String expected) {
        Awaitility.await(expected + " at the filter and at all workers")
                .atMost(Duration.ofSeconds(15))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> sent(client, FILTER).equals(expected)
                        && sent(gateway).stream().allMatch(expected::equals));
    }

    private static void secret(AdminClient admin, String value) throws Exception {
        var _ = admin.put("/admin/secrets/own/up", "{'fields': {'token': '" + value + "'}}");
    }

    @Test
    void secretIsSentRotatedRevokedAndServedThroughAnOutage() throws Exception {
        RunnerProcess.consumers(directory, JACK);
        try (RunnerProcess runner =
                        RunnerProcess.start(directory, RunnerProcess.consumersFromFile(directory), Map.of());
                AdminClient admin = runner.admin();
                RunnerClient client = runner.client();
                CompanionGateway gateway = CompanionGateway.start(directory, CompanionGateway.apisix(JACK))) {
            gateway.nginx().route("inject", "secret-inject", PATIENT);
            admin.put("/admin/providers/local/own", "{'rotation': {'overlap': '0s'}}")
                    .expect(201);
            secret(admin, "canary-first");
            await(gateway, client, "503");
            assertThat(runner.log()).doesNotContain("canary");

            admin.put(
                            "/admin/providers/local/own",
                            "{'rotation': {'overlap': '0s'}, 'inject': [{'paths': ['up/*', '{consumer}/*']}]}")
                    .expect(200);
            await(gateway, client, "Bearer canary-first");

            rotateUnderLoad(runner, admin, gateway);
            await(gateway, client, "Bearer canary-40");

            secret(admin, "line\\nbreak");
            await(gateway, client, "503");
            secret(admin, "canary-last");
            await(gateway, client, "Bearer canary-last");

            admin.put("/admin/secrets/own/jack", "{'fields': {'token': 'canary-own'}}")
                    .expect(201);
            RouteConf chain = RouteConf.of("2", "secret-key-auth", "{}").and("secret-inject", OWN);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(15))
                    .until(() -> client.call(
                                            GatewayRequest.get("/").header("apikey", "the-key-of-jack-32-characters"),
                                            chain)
                                    instanceof Outcome.Continue go
                            && go.upstream().headers("X-Own").equals(List.of("canary-own")));
            assertThat(RunnerProcess.status(
                            client.call(GatewayRequest.get("/").header("X-Consumer-Username", "jack"), chain)))
                    .isEqualTo(401);

            assertThat(runner.metric("secret_providers_decisions_total", "\"injected\""))
                    .isPositive();
            assertThat(runner.metric("secret_providers_values_total", "\"known\""))
                    .isPositive();
            assertThat(runner.get("/actuator/prometheus")).doesNotContain("canary");
            assertThat(admin.get("/admin/references").expect(200).text()).doesNotContain("canary");

            runner.kill();
            assertThat(sent(gateway)).as("remembered").containsOnly("Bearer canary-last");
            assertThat(runner.log()).doesNotContain("canary-");
            assertThat(gateway.nginx().log()).doesNotContain("canary-");
        }
    }

    /** APISIX's token for the route is known from the start, long before the digest key and last-known-good are. */
    @Test
    void keyInTheSameSecretAsASentFieldCountsAfterARestartWithAndWithoutTheSecret() throws Exception {
        String key = "the-key-of-kate-in-a-file-of-two";
        RouteConf route = RouteConf.of(
                "3", "secret-inject", "{\"headers\": {\"Authorization\": \"Bearer ${secret://file/both/token}\"}}");
        Path secret = Files.writeString(
                directory.resolve("both.json"), "{\"key\":\"" + key + "\",\"token\":\"canary-both\"}");
        RunnerProcess.consumers(
                directory, "consumers:\n  - {username: kate, plugins: {key-auth: {key: $secret://file/both/key}}}\n");
        String yaml = RunnerProcess.consumersFromFile(directory) + "providers:\n  file:\n    both: {path: " + secret
                + ", inject: [{paths: ['*']}]}\n";
        for (String when : List.of("at first", "after a restart", "after one without the file")) {
            try (RunnerProcess runner = RunnerProcess.start(directory, yaml, Map.of());
                    RunnerClient client = runner.client()) {
                assertThat(runner.statusFor(key)).as(when).isEqualTo(200);
                Awaitility.await(when)
                        .atMost(Duration.ofSeconds(15))
                        .until(() -> sent(client, route).equals("Bearer canary-both"));
                var _ = runner.terminate();
            }
            if (when.equals("after a restart")) {
                Files.move(secret, directory.resolve("hidden"));
            }
        }
    }

    /** Versions never go back at any worker, and neither another value nor the reference reaches the upstream. */
    private static void rotateUnderLoad(RunnerProcess runner, AdminClient admin, CompanionGateway gateway)
            throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<NavigableSet<String>>> seen = new ArrayList<>();
            seen.add(threads.submit(() -> byFilter(runner, over)));
            seen.add(threads.submit(() -> byCompanion(gateway, over)));
            for (int i = 1; i <= 40; i++) {
                secret(admin, "canary-" + i);
            }
            over.set(true);
            for (Future<NavigableSet<String>> one : seen) {
                assertThat(one.get()).allMatch(value -> value.matches("Bearer canary-(first|\\d+)"));
            }
        }
    }

    private static NavigableSet<String> byFilter(RunnerProcess runner, AtomicBoolean over) {
        NavigableSet<String> seen = new TreeSet<>();
        int before = 0;
        try (RunnerClient client = runner.client()) {
            while (!over.get()) {
                String now = sent(client, FILTER);
                assertThat(number(now)).isGreaterThanOrEqualTo(before);
                before = number(now);
                seen.add(now);
            }
        }
        return seen;
    }

    private static NavigableSet<String> byCompanion(CompanionGateway gateway, AtomicBoolean over) throws IOException {
        NavigableSet<String> seen = new TreeSet<>();
        while (!over.get()) {
            seen.addAll(sent(gateway));
        }
        return seen;
    }

    private static int number(String sent) {
        String last = sent.substring(sent.lastIndexOf('-') + 1);
        return last.matches("\\d+") ? Integer.parseInt(last) : 0;
    }
}
