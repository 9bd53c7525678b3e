package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Credentials that begin and end while the workers of a real nginx remember verdicts. */
class CompanionValidityTest {
    private static final String KEY = "the-literal-key-of-rose";
    private static final String APISIX = """
            [{"username": "rose", "plugins": {"key-auth": {"key": "x"}}}]
            """;
    /** Longer than the test, so that only the credential's end and events end a verdict. */
    private static final String PATIENT = "{\"verdict_ttl\": 3600, \"grace\": 3600}";

    private static final String PATIENT_ROUTE = "/routes/patient";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private void rose(String label) throws IOException {
        RunnerProcess.consumers(directory, """
                consumers:
                  - username: rose
                    labels: {%s}
                    plugins: {key-auth: {key: %s}}
                """.formatted(label, KEY));
    }

    private CompanionGateway gateway() throws IOException {
        CompanionGateway gateway = CompanionGateway.start(directory, APISIX);
        gateway.nginx().route("patient", PATIENT);
        return gateway;
    }

    private static List<Integer> all(int status) {
        return Collections.nCopies(CompanionGateway.WORKERS, status);
    }

    /** Asks until all workers answer with a status. */
    private static void await(int status, CompanionGateway gateway) {
        gateway.awaitStatus(status, PATIENT_ROUTE, KEY, PATIENCE);
    }

    @Test
    void rememberedKeyEndsInAllWorkersAtItsTime() throws Exception {
        rose("");
        try (RunnerProcess _ = RunnerProcess.start(directory, RunnerProcess.consumersFromFile(directory), Map.of());
                CompanionGateway gateway = gateway()) {
            await(200, gateway);
            Instant end = Instant.now().plusSeconds(10);
            rose("expires_at: '" + end + "'");
            Instant sent = Instant.now();
            while (sent.isBefore(end)) {
                // Some of these are asked about once more, since the consumer changed.
                List<Integer> statuses = gateway.statuses(PATIENT_ROUTE, KEY);
                if (Instant.now().isBefore(end)) {
                    assertThat(statuses).isEqualTo(all(200));
                }
                sent = Instant.now();
            }
            assertThat(gateway.statuses(PATIENT_ROUTE, KEY))
                    .as("sent after the end")
                    .isEqualTo(all(401));
        }
    }

    @Test
    void keyBeginsInAllWorkersAtItsTimeAndEndsWhenItIsDisabled() throws Exception {
        rose("");
        try (RunnerProcess _ = RunnerProcess.start(directory, RunnerProcess.consumersFromFile(directory), Map.of());
                CompanionGateway gateway = gateway()) {
            await(200, gateway);
            Instant begin = Instant.now().plusSeconds(30);
            rose("not_before: '" + begin + "'");
            await(401, gateway);
            await(200, gateway);
            assertThat(Instant.now()).isAfterOrEqualTo(begin);
            rose("disabled: 'true'");
            await(401, gateway);
        }
    }
}
