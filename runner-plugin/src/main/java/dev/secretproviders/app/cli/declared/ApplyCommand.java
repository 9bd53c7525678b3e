package dev.secretproviders.app.cli.declared;

import dev.secretproviders.app.cli.call.AdminConnection;
import dev.secretproviders.app.cli.document.DocumentException;
import dev.secretproviders.app.cli.output.ExitCode;
import dev.secretproviders.app.cli.output.Output;
import dev.secretproviders.app.cli.output.Paint;
import dev.secretproviders.app.control.CannotStartException;
import java.io.Console;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The command {@code apply}. */
@Command(
        name = "apply",
        mixinStandardHelpOptions = true,
        description =
                "Make a runner what a file says: providers, certificates and tokens. Shows the plan, tries it, asks, and then"
                        + " writes. Stops at the first change that fails.")
public final class ApplyCommand extends DeclaredCommand {
    @Option(names = "--dry-run", description = "show the plan and try it, and change nothing")
    private boolean dryRun;

    @Option(names = "--yes", description = "do not ask; needed without a terminal")
    private boolean yes;

    @Option(
            names = "--tokens-to",
            paramLabel = "DIR",
            description = "where the texts of new tokens go: a file of mode 0600 for each")
    private @Nullable Path tokensTo;

    @Override
    int run(AdminConnection connection) throws CannotStartException, DocumentException {
        PrintWriter out = spec().commandLine().getOut();
        PrintWriter err = spec().commandLine().getErr();
        Plan plan = plan(connection);
        new PlanText(out, Paint.ofTerminal()).print(plan);
        if (plan.isEmpty()) {
            return ExitCode.DONE;
        }
        Trial trial = Trial.of(plan, err);
        trial.notes().forEach(note -> err.println("note: " + note));
        trial.refusals().forEach(line -> err.println(line.startsWith(" ") ? line : "would be refused: " + line));
        err.flush();
        if (!trial.refusals().isEmpty()) {
            err.println("Nothing was changed.");
            err.flush();
            return ExitCode.FAILED;
        }
        if (dryRun) {
            return ExitCode.DONE;
        }
        requireTokensDirectory(plan);
        if (!yes && !confirmed()) {
            err.println("Nothing was changed.");
            err.flush();
            return ExitCode.FAILED;
        }
        return new Applying(out, err, tokensTo).apply(plan);
    }

    private void requireTokensDirectory(Plan plan) {
        boolean created = plan.changes().stream()
                .anyMatch(change -> change.verb() == Verb.CREATE && change.kind() instanceof TokenKind);
        if (created && tokensTo == null) {
            throw wrong("the plan creates tokens; say with --tokens-to in which directory their texts are kept");
        }
    }

    @SuppressWarnings("SystemConsoleNull") // Without a terminal, it is null in Java 25 again.
    private boolean confirmed() {
        Console console = System.console();
        if (console == null || !console.isTerminal()) {
            throw wrong("there is no terminal to ask at: add --yes to make these changes");
        }
        return "yes".equals(console.readLine("Make these changes? Type yes: "));
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec().commandLine(), Output.plain(message));
    }
}
