package dev.secretproviders.app.cli.declared;

import dev.secretproviders.app.cli.call.AdminConnection;
import dev.secretproviders.app.cli.document.DocumentException;
import dev.secretproviders.app.cli.output.ExitCode;
import dev.secretproviders.app.cli.output.Output;
import dev.secretproviders.app.cli.output.Paint;
import dev.secretproviders.app.control.CannotStartException;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command {@code diff}. Its exit codes are those of the program of that name. */
@Command(
        name = "diff",
        mixinStandardHelpOptions = true,
        // Not 1, which says that something differs.
        exitCodeOnExecutionException = ExitCode.WRONG,
        description =
                "Show what differs between a file and a runner: providers, certificates and tokens. Changes nothing. Exit code"
                        + " 0 if nothing differs, 1 if something does, 2 if they cannot be compared.")
public final class DiffCommand extends DeclaredCommand {
    @Option(
            names = {"-o", "--output"},
            defaultValue = "table",
            description = "table, json or yaml (${DEFAULT-VALUE})")
    private Output output = Output.TABLE;

    @Override
    int run(AdminConnection connection) throws CannotStartException, DocumentException {
        Plan plan = plan(connection);
        PrintWriter out = spec().commandLine().getOut();
        if (output == Output.TABLE) {
            new PlanText(out, Paint.ofTerminal()).print(plan);
        } else {
            output.print(out, plan.tree());
        }
        return plan.isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
    }
}
