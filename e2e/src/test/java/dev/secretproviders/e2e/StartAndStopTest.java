package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests are served across every start and end that APISIX, an operator or a crash causes. */
class StartAndStopTest {
    private static final Map<String, String> NO_VARIABLES = Map.of();

    @TempDir
    Path directory;

    private String yaml = "";

    @BeforeEach
    void jackHasAKey() throws IOException {
        RunnerProcess.consumers(directory, """
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: jack-key-of-the-file}}
                """);
        yaml = RunnerProcess.consumersFromFile(directory);
    }

    @Test
    void servesAsSoonAsItIsReadyAndEndsWithin900MillisecondsOfSigterm() throws Exception {
        try (RunnerProcess runner = RunnerProcess.start(directory, yaml, NO_VARIABLES, RunnerCommand.asDocumented())) {
            assertThat(runner.statusFor("jack-key-of-the-file")).isEqualTo(200);
            assertThat(runner.statusFor("another")).isEqualTo(401);
            assertThat(runner.terminate()).isLessThan(Duration.ofMillis(900));
            assertThat(RunnerProcess.socket(directory)).doesNotExist();
        }
    }

    @Test
    void answersRightlyWhoeverConnectsAsSoonAsThereIsASocket() throws Exception {
        try (RunnerProcess runner =
                RunnerProcess.launch(directory, yaml, NO_VARIABLES, RunnerProcess.freePort(), RunnerCommand.quick())) {
            org.awaitility.Awaitility.await()
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> Files.exists(RunnerProcess.socket(directory)));
            assertThat(runner.statusFor("jack-key-of-the-file")).isEqualTo(200);
        }
    }

    @Test
    void answersWithin10SecondsThoughItsConsumersCannotBeRead() throws Exception {
        String away = "consumers: {source: etcd, etcd: {endpoints: [\"http://127.0.0.1:1\"]}}\n";
        try (RunnerProcess runner =
                RunnerProcess.launch(directory, away, NO_VARIABLES, RunnerProcess.freePort(), RunnerCommand.quick())) {
            org.awaitility.Awaitility.await().until(() -> Files.exists(RunnerProcess.socket(directory)));
            long asked = System.nanoTime();
            assertThat(runner.statusFor("jack-key-of-the-file")).isEqualTo(503);
            assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(10));
        }
    }

    @Test
    void leavesNoSocketBehindIfTheConfigurationIsInvalid() throws Exception {
        RunnerProcess.Finished refused = RunnerProcess.run(
                directory,
                yaml + "providers: {vault: {prod: {}}}\n",
                NO_VARIABLES,
                "--socket",
                RunnerProcess.socket(directory).toString());
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.out()).contains("providers.vault.prod.uri");
        assertThat(RunnerProcess.socket(directory)).doesNotExist();
    }

    @Test
    void replacesTheSocketOfARunnerThatWasKilled() throws Exception {
        try (RunnerProcess killed = RunnerProcess.start(directory, yaml, NO_VARIABLES)) {
            killed.kill();
        }
        assertThat(RunnerProcess.socket(directory)).exists();
        try (RunnerProcess next = RunnerProcess.start(directory, yaml, NO_VARIABLES)) {
            assertThat(next.statusFor("jack-key-of-the-file")).isEqualTo(200);
        }
    }

    @Test
    void takesOverFromTheRunnerBeforeItAsWhenApisixReloads() throws Exception {
        try (RunnerProcess old = RunnerProcess.start(directory, yaml, NO_VARIABLES);
                RunnerProcess next = RunnerProcess.launch(
                        directory, yaml, NO_VARIABLES, RunnerProcess.freePort(), RunnerCommand.quick())) {
            assertThat(old.statusFor("jack-key-of-the-file")).isEqualTo(200);
            CompletableFuture<Void> waiting = CompletableFuture.runAsync(
                    () -> org.awaitility.Awaitility.await()
                            .atMost(Duration.ofSeconds(15))
                            .until(() -> next.log().contains("waiting for it to leave")),
                    Thread::startVirtualThread);
            waiting.join();
            old.terminate();
            next.awaitStatus(200, "jack-key-of-the-file");
        }
    }

    @Test
    void refusesASocketThatAnotherRunnerKeepsServing() throws Exception {
        try (RunnerProcess _ = RunnerProcess.start(directory, yaml, NO_VARIABLES)) {
            RunnerProcess.Finished second = RunnerProcess.run(
                    directory,
                    yaml + "runner: {socket: {wait: 100ms}}\n",
                    Map.of("SERVER_PORT", Integer.toString(RunnerProcess.freePort())),
                    "--socket",
                    RunnerProcess.socket(directory).toString());
            assertThat(second.code()).isEqualTo(1);
            assertThat(second.out()).contains("another process listens on");
        }
    }

    @Test
    void servesRequestsThoughTheManagementPortIsTaken() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                RunnerProcess runner = RunnerProcess.launch(
                        directory, yaml, NO_VARIABLES, taken.getLocalPort(), RunnerCommand.quick())) {
            org.awaitility.Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> Files.exists(RunnerProcess.socket(directory)));
            runner.awaitStatus(200, "jack-key-of-the-file");
            org.awaitility.Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> runner.log().contains("health and metrics are not served"));
            assertThat(runner.isAlive()).isTrue();
            assertThat(runner.statusFor("jack-key-of-the-file")).isEqualTo(200);
        }
    }
}
