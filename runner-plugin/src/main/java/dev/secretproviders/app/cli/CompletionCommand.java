package dev.secretproviders.app.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code completion}, which prints what makes a shell complete commands, options and choices. */
@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        description = "Print a script that makes a shell complete the command line.")
final class CompletionCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}")
    @SuppressWarnings("UnusedVariable") // One script serves both shells; the command line checks the name.
    private Shell shell = Shell.BASH;

    /** The shells. The one script serves both. */
    enum Shell {
        BASH,
        ZSH;

        /** Returns the name on the command line. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        out.print(script(spec.root().commandLine()));
        out.flush();
        return 0;
    }

    /** Returns the script for a command line. */
    static String script(CommandLine commandLine) {
        return AutoComplete.bash(commandLine.getCommandName(), commandLine);
    }
}
