package dev.secretproviders.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/**
 * The launcher of the distribution prints help and version itself: a Java runtime would take longer to start. The runtime
 * here is a script that says what it was called with.
 */
class LauncherTest {
    private static final Path LAUNCHER = Path.of("..", "distribution", "bin", "secret-providers");

    @TempDir
    Path home;

    @BeforeEach
    void install() throws IOException {
        Path bin = Files.createDirectories(home.resolve("bin"));
        Files.copy(LAUNCHER, bin.resolve("secret-providers"));
        Path runtime = Files.createDirectories(home.resolve("runtime/bin"));
        Path java = Files.writeString(runtime.resolve("java"), "#!/bin/sh\necho \"java $*\"\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(
                home.resolve("runtime/release"),
                "IMPLEMENTOR=\"X\"\nJAVA_RUNTIME_VERSION=\"25.0.1+8-LTS\"\nJAVA_VERSION=\"25.0.1\"\n");
        assertThat(CommandRun.of("texts", home.toString()).code()).isZero();
    }

    private String launched(String... arguments) throws IOException, InterruptedException {
        return launched(Map.of(), arguments);
    }

    private String launched(Map<String, String> locale, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of("/bin/sh", home.resolve("bin/secret-providers").toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        List.of("LC_ALL", "LC_CTYPE", "LANG").forEach(builder.environment()::remove);
        builder.environment().putAll(locale);
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(out).isZero();
        return out;
    }

    @Test
    void helpOfEachCommandIsPrintedWithoutAJavaRuntime() throws Exception {
        CommandLine all = Main.commandLine();
        assertThat(launched("--help")).isEqualTo(all.getUsageMessage(Ansi.OFF));
        assertThat(launched("-h")).isEqualTo(all.getUsageMessage(Ansi.OFF));
        assertThat(launched("apply", "--help"))
                .isEqualTo(Objects.requireNonNull(all.getSubcommands().get("apply"))
                        .getUsageMessage(Ansi.OFF))
                .contains("--tokens-to");
        assertThat(launched("audit", "verify", "-h")).contains("Usage: secret-providers audit verify");
    }

    @Test
    void versionIsPrintedWithoutAJavaRuntime() throws Exception {
        assertThat(launched("--version"))
                .startsWith("secret-providers ")
                .contains(" (Java 25.0.1+8-LTS)\n")
                .contains("bc-fips")
                .isEqualTo(launched("-V"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--check --help",
                "--config a.yaml --help",
                "nonsense --help",
                "../help/secret-providers --help",
                "--version --check",
                "apply",
                ""
            })
    void anythingElseIsLeftToTheRuntime(String line) throws Exception {
        String[] arguments = line.isEmpty() ? new String[0] : line.split(" ", -1);

        assertThat(launched(arguments))
                .startsWith("java ")
                .endsWith("dev.secretproviders.app.cli.Main" + (line.isEmpty() ? "" : " " + line) + "\n");
    }

    @Test
    void environmentIsReadAsUtf8WhereNoLocaleIsSet() throws Exception {
        Files.writeString(
                home.resolve("runtime/bin/java"), "#!/bin/sh\necho \"${LC_ALL:-}/${LC_CTYPE:-}/${LANG:-}\"\n");

        assertThat(launched("apply")).isEqualTo("//C.UTF-8\n");
        assertThat(launched(Map.of("LANG", "de_DE.UTF-8"), "apply")).isEqualTo("//de_DE.UTF-8\n");
        assertThat(launched(Map.of("LC_ALL", "en_GB.UTF-8"), "apply")).isEqualTo("en_GB.UTF-8//\n");
    }

    @Test
    void withoutTheTextsTheRuntimeAnswers() throws Exception {
        Files.delete(home.resolve("help/secret-providers.txt"));
        Files.delete(home.resolve("help/version"));

        assertThat(launched("--help")).endsWith("Main --help\n");
        assertThat(launched("--version")).endsWith("Main --version\n");
    }

    @Test
    void hiddenCommandsHaveNoText() {
        assertThat(home.resolve("help/secret-providers-texts.txt")).doesNotExist();
        assertThat(home.resolve("completion/secret-providers")).content().doesNotContain("texts");
    }
}
