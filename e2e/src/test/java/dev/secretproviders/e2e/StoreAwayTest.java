package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.Etcd;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A runner that starts while its store is unreachable answers 503. When the store returns, it uses the current
 * consumers.
 */
class StoreAwayTest {
    private static final String UP = "secret_providers_consumer_source_up";
    private static final String BEFORE = "the-key-of-before";
    private static final String NOW = "the-key-of-now";

    @TempDir
    Path directory;

    @Test
    void consumersAreReadWhenTheStoreIsThere() throws Exception {
        try (Etcd etcd = Etcd.start()) {
            etcd.stop();
            jackHas("KEY_OF_BEFORE");
            String yaml = RunnerProcess.consumersFromFile(directory) + RunnerProcess.storeOn(etcd);
            Map<String, String> keys = Map.of("KEY_OF_BEFORE", BEFORE, "KEY_OF_NOW", NOW);
            try (RunnerProcess runner =
                    RunnerProcess.launch(directory, yaml, keys, RunnerProcess.freePort(), RunnerCommand.quick())) {
                runner.awaitStatus(503, BEFORE);
                await().until(() -> runner.status("/actuator/health/readiness") == 503);
                assertThat(runner.metric(UP, "")).isZero();

                jackHas("KEY_OF_NOW");
                etcd.startAgain();
                runner.awaitStatus(200, NOW);
                assertThat(runner.statusFor(BEFORE)).isEqualTo(401);
                assertThat(runner.metric(UP, "")).isOne();
            }
        }
    }

    private void jackHas(String variable) throws IOException {
        RunnerProcess.consumers(
                directory,
                "consumers:\n  - {username: jack, plugins: {key-auth: {key: $env://%s}}}".formatted(variable));
    }
}
