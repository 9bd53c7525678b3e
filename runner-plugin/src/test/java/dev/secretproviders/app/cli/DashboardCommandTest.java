package dev.secretproviders.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.app.settings.ConfigurationSource;
import dev.secretproviders.app.wiring.CommandSocket;
import dev.secretproviders.app.wiring.LocalUser;
import dev.secretproviders.app.wiring.Startup;
import dev.secretproviders.spi.Secret;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Links that a user of the runner's machine makes. */
class DashboardCommandTest {
    @TempDir
    private Path directory;

    private String link(String dashboard) throws Exception {
        Path file = Files.writeString(
                directory.resolve("runner.yaml"), """
                runner: {data-dir: %s}
                consumers: {source: file, file: {path: %s}}
                server: {port: 9190}
                %s
                """.formatted(data(), directory.resolve("apisix.yaml"), dashboard));
        return new Startup(new ConfigurationSource(file, null)).withConfiguration(false, DashboardCommand::link);
    }

    private Path data() {
        return directory.resolve("data");
    }

    @Test
    void aLinkLogsInAsTheUserOfTheMachineOnce() throws Exception {
        Files.createDirectory(
                data(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try (AdminFixture admin = new AdminFixture(directory);
                CommandSocket _ = CommandSocket.open(data(), admin.api.servlet())) {
            String plain = link("");
            String configured = link("dashboard: {url: 'https://runner.example:9443/'}");

            assertThat(plain).startsWith("http://127.0.0.1:9190/dashboard/login/link#code=");
            assertThat(configured).startsWith("https://runner.example:9443/dashboard/login/link#code=");
            try (Secret code = Secret.ofUtf8(plain.substring(plain.indexOf("#code=") + 6))) {
                Caller maker = Objects.requireNonNull(admin.dashboard().links().use(code));
                assertThat(maker.name()).isEqualTo(LocalUser.current().name());
                assertThat(admin.dashboard().links().use(code)).isNull();
            }
        }
    }

    @Test
    void withoutARunnerOrADashboardTheRemedyIsNamed() {
        assertThatThrownBy(() -> link("dashboard: {enabled: false}"))
                .isInstanceOf(CannotStartException.class)
                .hasMessageContaining("dashboard.enabled is false");
        assertThatThrownBy(() -> link(""))
                .isInstanceOf(CannotStartException.class)
                .hasMessageContaining("the running runner cannot be asked");
    }

    @Test
    void withoutATerminalNothingIsPrinted() {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine command = new CommandLine(new Main())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .setExecutionExceptionHandler((e, line, _) -> {
                    line.getErr().print(e.getMessage());
                    return Main.FAILED;
                });

        assertThat(command.execute("dashboard", "link")).isEqualTo(Main.FAILED);

        assertThat(out.toString()).isEmpty();
        assertThat(err.toString()).contains("to a terminal only");
    }
}
