package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.e2e.RunnerProcess.Finished;
import dev.secretproviders.peers.Etcd;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The access log of the packaged runner. */
class AccessLogTest {
    private static final String KEY = "the-canary-key-of-jack";
    private static final String OFTEN = "access-log: {interval: 1s}\n";
    private static final String USES = "/admin/access-log?outcome=used&consumer=jack";

    @TempDir
    Path directory;

    @BeforeEach
    void jackRefersToALocalSecret() throws IOException {
        consumers(directory);
    }

    private static void consumers(Path directory) throws IOException {
        RunnerProcess.consumers(directory, """
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: $secret://local/own/jack/key}}
                """);
    }

    private static void secret(AdminClient admin) {
        admin.put("/admin/providers/local/own", "{}").expect(201);
        admin.put("/admin/secrets/own/jack", "{'fields': {'key': '%s'}}".formatted(KEY))
                .expect(201);
    }

    private static long uses(AdminClient admin) {
        long uses = 0;
        for (JsonNode entry : admin.get(USES).expect(200).json().path("list")) {
            uses += entry.path("count").asLong();
        }
        return uses;
    }

    private static void use(RunnerProcess runner, int times) {
        for (int i = 0; i < times; i++) {
            assertThat(runner.statusFor(KEY)).isEqualTo(200);
        }
    }

    /** What was written before the kill is kept, and no file of the runner has the key. */
    @IndependentTest
    void logIsKeptOverAKillAndARestart() throws Exception {
        long before;
        try (RunnerProcess runner = start();
                AdminClient admin = runner.admin()) {
            secret(admin);
            runner.awaitStatus(200, KEY);
            before = uses(admin);
            use(runner, 5);
            await().atMost(Duration.ofSeconds(20)).until(() -> uses(admin) >= before + 5);
            Thread.sleep(1_500);
            runner.kill();
        }
        try (RunnerProcess runner = start();
                AdminClient admin = runner.admin()) {
            assertThat(uses(admin)).isGreaterThanOrEqualTo(5);
            runner.awaitStatus(200, KEY);
            use(runner, 3);
            long now = uses(admin);
            runner.terminate();
            assertThat(now).isGreaterThanOrEqualTo(5);
        }
        try (RunnerProcess runner = start();
                AdminClient admin = runner.admin()) {
            assertThat(uses(admin)).isGreaterThanOrEqualTo(8);
            Finished list = runner.beside("list", "access-log");
            assertThat(list.code()).as(list.out()).isZero();
            assertThat(list.out())
                    .contains("local/own", "jack", "used", "found")
                    .doesNotContain(KEY);
            assertThat(admin.get("/admin/access-log/export?format=csv")
                            .expect(200)
                            .text())
                    .doesNotContain(KEY);
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain(KEY);
            }
        }
    }

    @IndependentTest
    void runnersOnOneStoreHaveOneLog() throws Exception {
        Path second = Files.createDirectories(directory.resolve("second"));
        consumers(second);
        try (Etcd etcd = Etcd.start();
                RunnerProcess one = start(directory, etcd, "runner: {node-name: one}\n");
                AdminClient admin = one.admin()) {
            Path keyring = directory.resolve("secret-providers-data/keyring");
            secret(admin);
            one.awaitStatus(200, KEY);
            try (RunnerProcess two =
                    start(second, etcd, "runner: {node-name: two}\ncrypto: {keyring: " + keyring + "}\n")) {
                two.awaitStatus(200, KEY);
                use(two, 3);
                await().atMost(Duration.ofSeconds(20))
                        .untilAsserted(() -> assertThat(admin.get(USES)
                                        .expect(200)
                                        .json()
                                        .path("list")
                                        .findValuesAsString("runner"))
                                .contains("one", "two"));
            }
        }
    }

    private RunnerProcess start() throws IOException {
        return RunnerProcess.start(directory, RunnerProcess.consumersFromFile(directory) + OFTEN, Map.of());
    }

    private static RunnerProcess start(Path directory, Etcd etcd, String more) throws IOException {
        String yaml = RunnerProcess.consumersFromFile(directory) + RunnerProcess.storeOn(etcd) + OFTEN + more;
        return RunnerProcess.start(directory, yaml, Map.of());
    }
}
