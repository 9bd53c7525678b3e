package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.NginxConnection;
import dev.secretproviders.peers.NginxConnection.Reply;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The plugin for APISIX in the workers of a real nginx, with the packaged runner: memory, events, restarts and outages.
 */
class CompanionTest {
    private static final int WORKERS = CompanionGateway.WORKERS;
    private static final String FIRST = "the-first-key-of-jack";
    private static final String SECOND = "the-second-key-of-jack";
    private static final String OF_ROSE = "the-literal-key-of-rose";
    private static final String APISIX = """
            [{"username": "jack", "group_id": "gold", "credentials": {"k1": {"key-auth": {"key": "$secret://local/own/jack/key"}}}},
             {"username": "rose", "plugins": {"key-auth": {"key": "x"}}}]
            """;
    private static final String JACK = """
              - {username: jack}
              - {id: jack/credentials/k1, plugins: {key-auth: {key: "$secret://local/own/jack/key"}}}
            """;
    private static final String ROSE = """
              - {username: rose, plugins: {key-auth: {key: the-literal-key-of-rose}}}
            """;
    /** Seconds that a verdict may be used without asking: longer than any test, so that only events end it. */
    private static final String PATIENT = "{\"verdict_ttl\": 3600, \"grace\": 3600}";

    private static final String PATIENT_ROUTE = "/routes/patient";

    @TempDir
    Path directory;

    private RunnerProcess runner() throws IOException {
        return RunnerProcess.start(directory, yaml(), Map.of());
    }

    private String yaml() {
        return RunnerProcess.consumersFromFile(directory);
    }

    private void consumers(String... entries) throws IOException {
        RunnerProcess.consumers(directory, "consumers:\n" + String.join("", entries));
    }

    private CompanionGateway gateway() throws IOException {
        CompanionGateway gateway = CompanionGateway.start(directory, APISIX);
        gateway.nginx().route("patient", PATIENT);
        return gateway;
    }

    private static void secret(AdminClient admin, String key, String overlap) {
        admin.put("/admin/providers/local/own", "{'rotation': {'overlap': '%s'}}".formatted(overlap))
                .expect(201);
        write(admin, key, 201);
    }

    private static void write(AdminClient admin, String key, int status) {
        admin.put("/admin/secrets/own/jack", "{'fields': {'key': '%s'}}".formatted(key))
                .expect(status);
    }

    private static List<Integer> all(int status) {
        return Collections.nCopies(WORKERS, status);
    }

    @Test
    void aKnownKeyPassesWithApisixsOwnConsumerAndOthersAreRefused() throws Exception {
        consumers(JACK, ROSE);
        try (RunnerProcess runner = runner();
                AdminClient admin = runner.admin();
                CompanionGateway gateway = gateway()) {
            secret(admin, FIRST, "60s");
            gateway.awaitStatus(200, FIRST);

            Reply reply = gateway.workers().getFirst().get(CompanionGateway.ROUTE, FIRST);
            assertThat(reply.seen().get("consumer").asString()).isEqualTo("jack");
            assertThat(reply.seen().get("group").asString()).isEqualTo("gold");
            assertThat(reply.seen()
                            .get("headers")
                            .get("x-credential-identifier")
                            .asString())
                    .isEqualTo("k1");
            assertThat(gateway.statuses("an-unknown-key")).isEqualTo(all(401));

            // The runner knows rose; APISIX has to as well.
            assertThat(gateway.statuses(OF_ROSE)).isEqualTo(all(200));
            gateway.nginx().consumers("[{\"username\": \"jack\", \"plugins\": {\"key-auth\": {\"key\": \"x\"}}}]");
            assertThat(gateway.statuses(OF_ROSE)).isEqualTo(all(401));
            gateway.nginx().consumers(APISIX);
            assertThat(gateway.statuses(OF_ROSE)).isEqualTo(all(200));

            gateway.workers().getFirst().get(CompanionGateway.ROUTE + "?apikey=a-wrong-key-in-the-query", List.of());
            assertThat(gateway.nginx().log())
                    .contains("failed to find consumer: invalid api key")
                    .doesNotContain(FIRST, OF_ROSE, "an-unknown-key", "a-wrong-key-in-the-query");
        }
    }

    /** The plugin digests keys of up to 1,024 bytes differently from longer ones. */
    @ParameterizedTest
    @ValueSource(ints = {1, 31, 1024, 1025, 8000})
    void aKeyOfAnyLengthIsToldFromOthers(int length) throws Exception {
        String key = "k".repeat(length);
        consumers(ROSE.replace(OF_ROSE, key));
        try (RunnerProcess _ = runner();
                CompanionGateway gateway = gateway()) {
            gateway.awaitStatus(200, PATIENT_ROUTE, key, Duration.ofSeconds(5));
            assertThat(gateway.statuses(PATIENT_ROUTE, key)).as("remembered").isEqualTo(all(200));
            assertThat(gateway.statuses(PATIENT_ROUTE, "K" + key.substring(1))).isEqualTo(all(401));
            assertThat(gateway.statuses(PATIENT_ROUTE, key + "k")).isEqualTo(all(401));
        }
    }

    @Test
    void aRotationIsInForceInAllWorkersAtOnceAndEndsTheOldKeyWithTheOverlap() throws Exception {
        consumers(JACK);
        try (RunnerProcess runner = runner();
                AdminClient admin = runner.admin();
                CompanionGateway gateway = gateway()) {
            secret(admin, FIRST, "4s");
            gateway.awaitStatus(200, PATIENT_ROUTE, FIRST, Duration.ofSeconds(15));
            assertThat(gateway.statuses(PATIENT_ROUTE, SECOND)).isEqualTo(all(401));

            write(admin, SECOND, 200);
            long rotated = System.nanoTime();
            gateway.awaitStatus(200, PATIENT_ROUTE, SECOND, Duration.ofSeconds(1));
            assertThat(gateway.statuses(PATIENT_ROUTE, FIRST))
                    .as("within the overlap")
                    .isEqualTo(all(200));
            gateway.awaitStatus(401, PATIENT_ROUTE, FIRST, Duration.ofSeconds(6));
            assertThat(Duration.ofNanos(System.nanoTime() - rotated))
                    .isBetween(Duration.ofSeconds(3), Duration.ofSeconds(6));
            assertThat(gateway.statuses(PATIENT_ROUTE, SECOND)).isEqualTo(all(200));
        }
    }

    @Test
    void aRevocationReachesEveryWorkerWithin200Milliseconds() throws Exception {
        consumers(JACK, ROSE);
        try (RunnerProcess runner = runner();
                AdminClient admin = runner.admin();
                CompanionGateway gateway = gateway()) {
            secret(admin, FIRST, "60s");
            for (int version = 1; version <= 10; version++) {
                String key = version == 1 ? FIRST : "key-of-jack-version-" + version;
                if (version > 1) {
                    write(admin, key, 200);
                }
                gateway.awaitStatus(200, PATIENT_ROUTE, key, Duration.ofSeconds(5));
                gateway.awaitStatus(200, PATIENT_ROUTE, OF_ROSE, Duration.ofSeconds(5));

                admin.post("/admin/revoke", "{'provider': 'local/own', 'path': 'jack', 'version': 'current'}")
                        .expect(200);
                long acknowledged = System.nanoTime();
                await().pollDelay(Duration.ZERO)
                        .pollInterval(Duration.ofMillis(1))
                        .atMost(Duration.ofSeconds(5))
                        .until(() -> gateway.statuses(PATIENT_ROUTE, key).equals(all(401)));
                assertThat(Duration.ofNanos(System.nanoTime() - acknowledged))
                        .as("from the answer of the Admin API to the last acceptance")
                        .isLessThan(Duration.ofMillis(200));
                assertThat(gateway.statuses(PATIENT_ROUTE, OF_ROSE)).isEqualTo(all(200));
            }
        }
    }

    @Test
    void aConsumerThatIsRemovedOrChangedIsForgotten() throws Exception {
        consumers(JACK, ROSE);
        try (RunnerProcess runner = runner();
                AdminClient admin = runner.admin();
                CompanionGateway gateway = gateway()) {
            secret(admin, FIRST, "60s");
            gateway.awaitStatus(200, PATIENT_ROUTE, FIRST, Duration.ofSeconds(15));
            gateway.awaitStatus(200, PATIENT_ROUTE, OF_ROSE, Duration.ofSeconds(5));

            consumers(JACK);
            gateway.awaitStatus(401, PATIENT_ROUTE, OF_ROSE, Duration.ofSeconds(5));
            consumers(JACK, ROSE.replace("the-literal", "another-literal"));
            gateway.awaitStatus(
                    200, PATIENT_ROUTE, OF_ROSE.replace("the-literal", "another-literal"), Duration.ofSeconds(5));
            assertThat(gateway.statuses(PATIENT_ROUTE, OF_ROSE)).isEqualTo(all(401));
            assertThat(gateway.statuses(PATIENT_ROUTE, FIRST)).isEqualTo(all(200));
        }
    }

    @Test
    void aRunnerThatIsRestartedUnderLoadOfKnownKeysCostsNoRequest() throws Exception {
        consumers(JACK, ROSE);
        AtomicBoolean stop = new AtomicBoolean();
        try (RunnerProcess first = runner();
                AdminClient admin = first.admin();
                CompanionGateway gateway = gateway();
                ExecutorService clients = Executors.newFixedThreadPool(2 * WORKERS)) {
            secret(admin, FIRST, "60s");
            gateway.awaitStatus(200, FIRST);
            gateway.awaitStatus(200, OF_ROSE);
            List<Future<Load>> loads = new ArrayList<>();
            for (int i = 0; i < 2 * WORKERS; i++) {
                loads.add(clients.submit(() -> load(gateway, stop)));
            }
            try {
                Thread.sleep(1_000);
                first.terminate();
                Thread.sleep(500);
                try (RunnerProcess second = runner()) {
                    second.awaitStatus(200, FIRST);
                    // After the end of each verdict of the first runner, so the second one accepts them.
                    Thread.sleep(6_000);
                    second.kill();
                    try (RunnerProcess third = runner()) {
                        third.awaitStatus(200, FIRST);
                        Thread.sleep(6_000);
                        stop.set(true);
                        for (Future<Load> load : loads) {
                            assertThat(load.get().wrong())
                                    .as("answers that were not 200")
                                    .isEmpty();
                            assertThat(load.get().requests()).isGreaterThan(1_000);
                        }
                    }
                }
            } finally {
                stop.set(true);
            }
        }
    }

    private record Load(long requests, List<String> wrong) {}

    private static Load load(CompanionGateway gateway, AtomicBoolean stop) throws IOException {
        List<String> wrong = new ArrayList<>();
        long requests = 0;
        try (NginxConnection connection = gateway.connection()) {
            while (!stop.get()) {
                for (String key : List.of(FIRST, OF_ROSE)) {
                    Reply reply = connection.get(CompanionGateway.ROUTE, key);
                    requests++;
                    if (reply.status() != 200 && wrong.size() < 10) {
                        wrong.add(reply.status() + " " + reply.body().strip());
                    }
                }
                // A load, not a benchmark: the runner starts on the same processors.
                Thread.sleep(1);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return new Load(requests, wrong);
    }

    @Test
    void aRunnerThatIsGoneIsCoveredByGraceAndNoLonger() throws Exception {
        consumers(JACK, ROSE);
        try (RunnerProcess runner = runner();
                AdminClient admin = runner.admin();
                CompanionGateway gateway = gateway()) {
            secret(admin, FIRST, "60s");
            gateway.nginx().route("short", "{\"verdict_ttl\": 1, \"grace\": 3}");
            gateway.nginx().route("none", "{\"verdict_ttl\": 1, \"grace\": 0}");
            gateway.awaitStatus(200, "/routes/short", FIRST, Duration.ofSeconds(15));

            runner.kill();
            long gone = System.nanoTime();
            assertThat(gateway.statuses("/routes/short", FIRST)).isEqualTo(all(200));
            await().atMost(Duration.ofSeconds(1))
                    .until(() -> gateway.statuses("/routes/none", FIRST).equals(all(503)));
            assertThat(gateway.statuses("/routes/short", OF_ROSE))
                    .as("a key that was not asked about")
                    .isEqualTo(all(503));
            gateway.awaitStatus(503, "/routes/short", FIRST, Duration.ofSeconds(6));
            assertThat(Duration.ofNanos(System.nanoTime() - gone))
                    .isBetween(Duration.ofSeconds(2), Duration.ofSeconds(5));

            Reply reply = gateway.workers().getFirst().get("/routes/short", FIRST);
            assertThat(reply.headers()).containsEntry("retry-after", "1");
            assertThat(reply.body()).isEqualTo("{\"message\":\"Credentials cannot be checked at the moment\"}\n");
        }
        try (RunnerProcess again = runner();
                CompanionGateway gateway = gateway()) {
            again.awaitStatus(200, OF_ROSE);
            gateway.awaitStatus(200, OF_ROSE);
        }
    }

    @Test
    void aRunnerThatHangsHoldsUpOneRequestASecondAndIsAskedAgainWhenItGoesOn() throws Exception {
        consumers(JACK, ROSE);
        try (RunnerProcess runner = runner();
                AdminClient admin = runner.admin();
                CompanionGateway gateway = gateway()) {
            secret(admin, FIRST, "60s");
            gateway.nginx().route("short", "{\"verdict_ttl\": 1, \"grace\": 60}");
            gateway.awaitStatus(200, "/routes/short", FIRST, Duration.ofSeconds(15));

            signal(runner, "STOP");
            try (NginxConnection connection = gateway.connection()) {
                connection.get("/routes/short", FIRST);
                int slow = 0;
                int asked = 0;
                long end = System.nanoTime() + Duration.ofSeconds(8).toNanos();
                while (System.nanoTime() < end) {
                    long start = System.nanoTime();
                    assertThat(connection.get("/routes/short", FIRST).status()).isEqualTo(200);
                    asked++;
                    if (System.nanoTime() - start > Duration.ofMillis(100).toNanos()) {
                        slow++;
                    }
                    Thread.sleep(1);
                }
                assertThat(slow).isBetween(1, 8);
                assertThat(asked).isGreaterThan(500);
            } finally {
                signal(runner, "CONT");
            }
            admin.post("/admin/revoke", "{'provider': 'local/own', 'path': 'jack', 'version': 'current'}")
                    .expect(200);
            gateway.awaitStatus(401, "/routes/short", FIRST, Duration.ofSeconds(2));
        }
    }

    private static void signal(RunnerProcess runner, String name) throws Exception {
        int status = new ProcessBuilder("kill", "-" + name, Long.toString(runner.pid()))
                .start()
                .waitFor();
        assertThat(status).isZero();
    }

    @Test
    void manyWrongKeysDoNotDisplaceGoodOnes() throws Exception {
        consumers(JACK, ROSE);
        // Far fewer than the guesses: if guesses were remembered like good keys, there would be no room left.
        String few = "{\"verdict_ttl\": 3600, \"grace\": 3600, \"max_verdicts\": 16}";
        try (RunnerProcess runner = runner();
                AdminClient admin = runner.admin();
                CompanionGateway gateway = CompanionGateway.start(directory, APISIX, few)) {
            secret(admin, FIRST, "60s");
            gateway.awaitStatus(200, FIRST);
            gateway.awaitStatus(200, OF_ROSE);
            for (int i = 0; i < 10_000; i++) {
                NginxConnection worker = gateway.workers().get(i % WORKERS);
                assertThat(worker.get(CompanionGateway.ROUTE, "guess-number-" + i)
                                .status())
                        .isEqualTo(401);
            }
            // Without a runner to ask, only remembered keys pass.
            runner.kill();
            assertThat(gateway.statuses(FIRST)).isEqualTo(all(200));
            assertThat(gateway.statuses(OF_ROSE)).isEqualTo(all(200));
            assertThat(gateway.statuses("guess-number-1")).isEqualTo(all(503));
        }
    }

    @Test
    void workersThatAreReplacedByAReloadEndAndTheNewOnesFollow() throws Exception {
        consumers(JACK, ROSE);
        try (RunnerProcess runner = runner();
                AdminClient admin = runner.admin();
                CompanionGateway gateway = gateway()) {
            secret(admin, FIRST, "60s");
            gateway.awaitStatus(200, FIRST);
            List<Long> before = gateway.nginx().workers();

            gateway.nginx().reload();

            // The connections of the test are idle: only the plugin could keep a worker alive.
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> Collections.disjoint(before, gateway.nginx().workers())
                            && gateway.nginx().workers().size() == WORKERS);
            try (NginxConnection connection = gateway.connection()) {
                await().atMost(Duration.ofSeconds(2))
                        .until(() -> connection.get(PATIENT_ROUTE, FIRST).status() == 200);
                admin.post("/admin/revoke", "{'provider': 'local/own', 'path': 'jack', 'version': 'current'}")
                        .expect(200);
                await().atMost(Duration.ofMillis(500))
                        .pollInterval(Duration.ofMillis(5))
                        .until(() -> connection.get(PATIENT_ROUTE, FIRST).status() == 401);
            }
        }
    }
}
