package dev.secretproviders.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A runner that does not answer: the code 1 of some commands is a result, so they have another one then. */
final class ExitCodeTest {
    @TempDir
    private Path directory;

    @Test
    void checkThatCannotTellDoesNotSayThatAReferenceDoesNotResolve() throws Exception {
        Path gateway = Files.writeString(directory.resolve("apisix.yaml"), """
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: $secret://vault/prod/jack/key}}
                #END
                """);

        CommandRun run = asked("check", "--apisix-yaml", gateway.toString());

        assertThat(run.code()).as(run.printed()).isEqualTo(Main.WRONG_CONFIGURATION);
    }

    @Test
    void diffThatCannotTellDoesNotSayThatSomethingDiffers() throws Exception {
        Path file = Files.writeString(directory.resolve("runner.yaml"), "providers: {local/app: {}}");

        CommandRun run = asked("diff", "-f", file.toString());

        assertThat(run.code()).as(run.printed()).isEqualTo(Main.WRONG_CONFIGURATION);
    }

    @Test
    void otherCommandFails() throws Exception {
        CommandRun run = asked("dump");

        assertThat(run.code()).as(run.printed()).isEqualTo(Main.FAILED);
    }

    /** Runs a command that asks a runner where none is. */
    private CommandRun asked(String... command) throws Exception {
        Path token = Files.writeString(directory.resolve("token"), "sp_000000000000_any");
        List<String> all = new ArrayList<>(List.of(command));
        all.addAll(List.of("--admin", "http://127.0.0.1:1", "--token-file", token.toString()));
        CommandRun run = CommandRun.of(all);
        assertThat(run.err()).contains("cannot be called");
        return run;
    }
}
