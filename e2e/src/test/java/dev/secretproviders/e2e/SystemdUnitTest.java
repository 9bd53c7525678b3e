package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The systemd units of the distribution. */
class SystemdUnitTest {
    private static final Path SYSTEMD = Path.of("..", "distribution", "systemd");
    private static final Path UNIT = SYSTEMD.resolve("secret-providers.service");
    private static final Path SOCKET = SYSTEMD.resolve("secret-providers.socket");

    @Test
    void theRunnerHasAUserOfItsOwnThatSharesNothingButTheSocketWithTheWorkers() throws IOException {
        List<String> unit = Files.readAllLines(UNIT);
        assertThat(unit)
                .contains("User=secret-providers", "Group=secret-providers", "StateDirectoryMode=0700", "UMask=0077");
        assertThat(unit).noneMatch(line -> line.startsWith("SupplementaryGroups="));
        assertThat(Files.readAllLines(SOCKET)).contains("SocketGroup=apisix", "SocketMode=0660", "DirectoryMode=0711");
        assertThat(Files.readString(SYSTEMD.resolve("secret-providers.sysusers.conf")))
                .containsPattern("(?m)^u secret-providers - ");
    }

    @Test
    void theSocketsAreThoseOfTheExampleConfiguration() throws IOException {
        assertThat(Files.readAllLines(SOCKET))
                .contains(
                        "ListenStream=/run/secret-providers/runner.sock",
                        "ListenStream=/run/secret-providers/runner.sock.events");
        assertThat(Files.readString(Path.of("..", "distribution", "example", "application.yaml")))
                .contains("socket: {path: /run/secret-providers/runner.sock}");
    }

    @Test
    void systemdFindsNothingWrongButTheRunnerThatIsNotInstalled() throws Exception {
        assumeThat(analyze("--version").code()).as("systemd-analyze works").isZero();
        RunnerProcess.Finished finished = analyze("verify", "--man=no", UNIT.toString(), SOCKET.toString());
        assertThat(finished.out().lines().filter(line -> line.startsWith("secret-providers")))
                .allMatch(line -> line.endsWith("is not executable: No such file or directory"));
    }

    @Test
    void aBusyGatewayDoesNotKeepARestartedRunnerFromTheProcessors() throws IOException {
        assertThat(Files.readAllLines(UNIT)).contains("CPUWeight=500");
    }

    /** Otherwise pages of the dashboard would take the processor from requests. */
    @Test
    void threadsMayLowerTheirPriority() throws IOException {
        assertThat(Files.readAllLines(UNIT))
                .containsSubsequence("SystemCallFilter=~@privileged @resources", "SystemCallFilter=setpriority");
    }

    /** systemd's exposure level, from 0 (fully restricted) to 10; its threshold is in tenths. */
    @Test
    void systemdRatesTheExposureBelowTwo() throws Exception {
        assumeThat(analyze("--version").code()).as("systemd-analyze works").isZero();
        RunnerProcess.Finished finished = analyze("security", "--offline=true", "--threshold=19", UNIT.toString());
        assertThat(finished.code()).as(finished.out()).isZero();
    }

    private static RunnerProcess.Finished analyze(String... arguments) throws InterruptedException {
        List<String> command = new ArrayList<>(List.of("systemd-analyze"));
        command.addAll(List.of(arguments));
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new RunnerProcess.Finished(process.waitFor(), output);
        } catch (IOException e) {
            return new RunnerProcess.Finished(-1, String.valueOf(e.getMessage()));
        }
    }
}
