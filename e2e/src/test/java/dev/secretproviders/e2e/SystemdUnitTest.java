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

/** The systemd unit of the distribution. */
class SystemdUnitTest {
    private static final Path SYSTEMD = Path.of("..", "distribution", "systemd");
    private static final Path UNIT = SYSTEMD.resolve("secret-providers.service");

    @Test
    void theRunnerHasAUserOfItsOwnThatSharesOnlyAGroupWithTheWorkers() throws IOException {
        List<String> unit = Files.readAllLines(UNIT);
        assertThat(unit).contains("User=secret-providers", "Group=secret-providers", "SupplementaryGroups=apisix");
        assertThat(unit).contains("StateDirectoryMode=0700", "RuntimeDirectoryMode=0711", "UMask=0077");
        assertThat(Files.readString(SYSTEMD.resolve("secret-providers.sysusers.conf")))
                .containsPattern("(?m)^u secret-providers - ");
        assertThat(Files.readString(Path.of("..", "distribution", "example", "application.yaml")))
                .contains("runner.sock, group: apisix}");
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
