package dev.secretproviders.app.cli;

import dev.secretproviders.app.settings.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Writes the texts of {@code --help} and {@code --version}, and the completion script. The build of the distribution
 * calls it, so that the launcher prints them without a Java runtime, whose start takes longer.
 */
@Command(name = "texts", hidden = true, description = "Write the texts that the launcher prints.")
final class TextsCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "DIR", description = "the directory for the files")
    private Path directory = Path.of("");

    @Override
    public Integer call() throws IOException {
        Path help = Files.createDirectories(directory.resolve("help"));
        write(spec.root().commandLine(), "secret-providers", help);
        Files.writeString(help.resolve("version"), String.join("\n", Version.named()) + "\n");
        Path completion = Files.createDirectories(directory.resolve("completion"));
        Files.writeString(
                completion.resolve("secret-providers"),
                CompletionCommand.script(spec.root().commandLine()));
        return 0;
    }

    /** Writes the help of a command and of those below it. The words of a command are joined by hyphens. */
    private static void write(CommandLine command, String name, Path directory) throws IOException {
        Files.writeString(directory.resolve(name + ".txt"), command.getUsageMessage(Ansi.OFF));
        for (var each : command.getSubcommands().entrySet()) {
            if (!each.getValue().getCommandSpec().usageMessage().hidden()) {
                write(each.getValue(), name + "-" + each.getKey(), directory);
            }
        }
    }
}
