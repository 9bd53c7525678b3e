package dev.secretproviders.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the shells make of the completion script. */
class CompletionTest {
    @TempDir
    Path directory;

    private Path script = Path.of("");

    @BeforeEach
    void writeTheScript() throws IOException {
        CommandRun run = CommandRun.of("completion", "bash");
        assertThat(run.code()).isZero();
        script = Files.writeString(directory.resolve("completion"), run.out());
    }

    @Test
    void oneScriptServesBothShells() {
        assertThat(CommandRun.of("completion", "zsh").out())
                .isEqualTo(CommandRun.of("completion", "bash").out());
        assertThat(CommandRun.of("completion", "fish").code()).isEqualTo(Main.WRONG_CONFIGURATION);
    }

    /** Completes as bash does when the tab key is pressed. */
    @ParameterizedTest
    @CsvSource({
        "'secret-providers ap', apply",
        "'secret-providers appl', apply",
        "'secret-providers list find', findings",
        "'secret-providers apply --tok', --tokens-to",
        "'secret-providers audit ver', verify",
        "'secret-providers completion z', zsh"
    })
    void bashCompletes(String line, String expected) throws Exception {
        String typed = """
                source '%s'
                COMP_LINE=$1
                read -r -a COMP_WORDS <<< "$COMP_LINE"
                COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                COMP_POINT=${#COMP_LINE}
                handler=$(complete -p secret-providers | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
                "$handler" secret-providers "${COMP_WORDS[$COMP_CWORD]}" "${COMP_WORDS[$COMP_CWORD - 1]}"
                printf '%%s\\n' "${COMPREPLY[@]}"
                """.formatted(script);

        assertThat(printed(List.of("bash", "--norc", "-c", typed, "bash", line))
                        .lines()
                        .map(String::strip))
                .contains(expected);
    }

    /** Types into a shell at a terminal, which completes with its own machinery. */
    @Test
    void zshCompletes() throws Exception {
        assumeThat(Files.exists(Path.of("/usr/bin/zsh")) || Files.exists(Path.of("/bin/zsh")))
                .as("zsh is there; scripts/test installs it")
                .isTrue();
        String typed = """
                zmodload zsh/zpty
                zpty shell zsh -f -i
                zpty -w shell 'PS1=; autoload -Uz compinit && compinit -u -d %1$s/dump; source %1$s/completion; echo LOA''DED'
                zpty -r shell out '*LOADED*'
                zpty -w -n shell 'secret-providers appl'$'\\t'
                zpty -r shell out '*secret-providers apply*'
                print -r -- "completed"
                zpty -d shell
                """.formatted(directory);

        assertThat(printed(List.of("timeout", "30", "zsh", "-f", "-c", typed))).contains("completed");
    }

    private static String printed(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        return out;
    }
}
