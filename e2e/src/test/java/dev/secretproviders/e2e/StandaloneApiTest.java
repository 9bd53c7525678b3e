package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.ApisixStandalone;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged runner with consumers from an APISIX whose configuration is pushed, and which forgets it at a restart. */
class StandaloneApiTest {
    private static final String KEY = "c4n4ry-key-of-jack";
    private static final String JACK = """
            {"consumers": [{"username": "jack"},
                           {"id": "jack/credentials/one", "plugins": {"key-auth": {"key": "%s"}}}],
             "ssls": [{"id": "1", "key": "c4n4ry-private-key"}]}
            """.formatted(KEY);

    @TempDir
    Path directory;

    private final ApisixStandalone apisix = ApisixStandalone.start();

    @AfterEach
    void stop() {
        apisix.close();
    }

    private String yaml() {
        return """
                consumers:
                  source: standalone-api
                  standalone-api:
                    addresses: ["%s"]
                    admin_key: $env://APISIX_ADMIN_KEY
                    interval: 100ms
                """.formatted(apisix.uri());
    }

    private Map<String, String> environment() {
        return Map.of("APISIX_ADMIN_KEY", ApisixStandalone.KEY);
    }

    private Path kept() {
        return directory.resolve("secret-providers-data/consumers");
    }

    @Test
    void consumersStayWhileApisixAndTheRunnerRestartAndEndWithTheNextPush() throws Exception {
        apisix.push("d1", JACK);
        try (RunnerProcess runner = RunnerProcess.start(directory, yaml(), environment())) {
            runner.awaitStatus(200, KEY);
            apisix.restart();
            await().until(() -> runner.metric("secret_providers_consumer_source_up", "") == 0);
            assertThat(runner.statusFor(KEY)).isEqualTo(200);
            assertThat(runner.get("/actuator/health")).contains("has no configuration, as after its start");
            await().until(() -> Files.exists(kept()));
            runner.terminate();
        }
        assertSealed();

        try (RunnerProcess runner = RunnerProcess.start(directory, yaml(), environment())) {
            runner.awaitStatus(200, KEY);
            apisix.push("d2", "{\"consumers\": [{\"username\": \"jack\"}]}");
            runner.awaitStatus(401, KEY);
            await().atMost(Duration.ofSeconds(15))
                    .until(() -> runner.metric("secret_providers_consumer_source_up", "") == 1);
            assertThat(runner.metric("secret_providers_unguarded_routes", "")).isZero();
            assertThat(runner.log()).doesNotContain("c4n4ry", ApisixStandalone.KEY);
        }
    }

    private void assertSealed() throws IOException {
        assertThat(new String(Files.readAllBytes(kept()), StandardCharsets.ISO_8859_1))
                .doesNotContain("c4n4ry", "jack");
    }
}
