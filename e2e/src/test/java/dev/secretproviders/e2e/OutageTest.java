package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.Outcome;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.peers.OpenBao;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * While the secret manager is down, no valid request is refused, no invalid one is accepted, and the metrics show the
 * outage.
 */
class OutageTest {
    private static final Duration OUTAGE = Duration.ofSeconds(60);
    private static final int CONNECTIONS = 4;

    @TempDir
    Path directory;

    @Test
    void openBaoStoppedForAMinuteUnderLoad() throws Exception {
        RunnerProcess.consumers(directory, """
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: $secret://vault/prod/jack/key}}
                """);
        try (OpenBao bao = OpenBao.startPersistent()) {
            bao.enableKv("kv", 2);
            bao.kvPut("kv", 2, "apisix/jack", Map.of("key", "jack-key-in-the-vault"));
            String yaml = RunnerProcess.consumersFromFile(directory) + """
                    providers:
                      vault:
                        prod: {uri: "%s", prefix: kv/apisix, token: $env://TOKEN_OF_TEST, timeout: 1s, cache: {ttl: 2s}}
                    """.formatted(bao.uri());
            try (RunnerProcess runner = RunnerProcess.start(directory, yaml, Map.of("TOKEN_OF_TEST", bao.rootToken()));
                    ExecutorService clients = Executors.newFixedThreadPool(CONNECTIONS)) {
                runner.awaitStatus(200, "jack-key-in-the-vault");
                AtomicBoolean stop = new AtomicBoolean();
                LongAdder answered = new LongAdder();
                List<Future<List<Outcome>>> loads = new ArrayList<>();
                for (int i = 0; i < CONNECTIONS; i++) {
                    loads.add(clients.submit(() -> load(runner, stop, answered)));
                }
                bao.stop();
                double stale = 0;
                long end = System.nanoTime() + OUTAGE.toNanos();
                while (System.nanoTime() < end) {
                    Thread.sleep(1_000);
                    stale = Math.max(stale, runner.metric("secret_providers_references", "state=\"stale\""));
                }
                double unavailable = runner.metric("secret_providers_fetches_total", "outcome=\"unavailable\"");
                double age = runner.metric("secret_providers_secret_age_seconds", "vault/prod");
                assertThat(runner.get("/actuator/health")).contains("DEGRADED");
                bao.startAgain();
                bao.kvPut("kv", 2, "apisix/jack", Map.of("key", "jack-key-after-the-outage"));
                runner.awaitStatus(200, "jack-key-after-the-outage");
                stop.set(true);

                for (Future<List<Outcome>> load : loads) {
                    assertThat(load.get()).as("wrong answers").isEmpty();
                }
                assertThat(answered.sum()).isGreaterThan(10_000);
                assertThat(stale).isEqualTo(1);
                assertThat(unavailable).isPositive();
                assertThat(age).isGreaterThan(50);
            }
        }
    }

    /** Returns the wrong answers: all but 200 for the good key and 401 for the bad one. */
    private static List<Outcome> load(RunnerProcess runner, AtomicBoolean stop, LongAdder answered) {
        List<Outcome> wrong = new ArrayList<>();
        try (RunnerClient client = runner.client()) {
            GatewayRequest good = GatewayRequest.get("/orders").header("apikey", "jack-key-in-the-vault");
            GatewayRequest bad = GatewayRequest.get("/orders").header("apikey", "nobodys-key");
            while (!stop.get()) {
                Outcome accepted = client.call(good, RunnerProcess.ROUTE);
                Outcome refused = client.call(bad, RunnerProcess.ROUTE);
                answered.add(2);
                if (RunnerProcess.status(accepted) != 200) {
                    wrong.add(accepted);
                }
                if (RunnerProcess.status(refused) != 401) {
                    wrong.add(refused);
                }
            }
        }
        return wrong;
    }
}
