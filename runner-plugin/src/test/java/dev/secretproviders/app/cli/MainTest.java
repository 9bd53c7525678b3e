package dev.secretproviders.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.app.settings.Version;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** A start as a service does not use picocli, and parses its options in the same way. */
final class MainTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--config a.yaml",
                "--config=a.yaml",
                "--socket /run/r.sock",
                "--socket=/run/r.sock --config a.yaml",
                "--config a=b.yaml --socket=/run/a=b.sock"
            })
    void plainStartIsUnderstoodAsByTheLibrary(String line) {
        String[] arguments = line.isEmpty() ? new String[0] : line.split(" ");
        Main expected = new Main();
        var _ = new CommandLine(expected).parseArgs(arguments);

        Main plain = Objects.requireNonNull(Main.plain(arguments));

        assertThat(plain.config).isEqualTo(expected.config);
        assertThat(plain.socket).isEqualTo(expected.socket);
        assertThat(plain.check).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--check",
                "--help",
                "--version",
                "audit verify",
                "--config",
                "--config=",
                "--config --socket x",
                "--config a --config b",
                "--confg a.yaml",
                "a.yaml",
                "--config a.yaml audit verify",
                "--config a.yaml --check"
            })
    void anythingElseIsLeftToTheLibrary(String line) {
        assertThat(Main.plain(line.split(" "))).isNull();
    }

    @Test
    void configurationIsAPath() {
        assertThat(Objects.requireNonNull(Main.plain("--config", "/etc/a b.yaml")).config)
                .isEqualTo(Path.of("/etc/a b.yaml"));
    }

    /** The module's self-tests take half a second, for which {@code --version} must not wait. */
    @Test
    void versionNamesTheCryptographicModuleWithoutLoadingIt() {
        assertThat(Version.lines()).element(1).asString().contains("bc-fips");
    }
}
