package dev.secretproviders.app.cli.declared;

import dev.secretproviders.app.cli.call.AdminConnection;
import dev.secretproviders.app.cli.document.DocumentException;
import dev.secretproviders.app.cli.document.Variables;
import dev.secretproviders.app.control.CannotStartException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** A command that compares a file with a runner. */
abstract class DeclaredCommand extends AdminCommand {
    @Option(
            names = {"-f", "--file"},
            required = true,
            paramLabel = "FILE",
            description = "the objects, as YAML or JSON, in the sections providers, certificates and tokens")
    private Path file = Path.of("");

    @Option(names = "--prune", description = "delete what the file does not name, in the sections that it has")
    private boolean prune;

    /** Returns what differs. */
    final Plan plan(AdminConnection connection) throws CannotStartException, DocumentException {
        DeclaredFile declared = DeclaredFile.read(file, Variables.ofApisix(System.getenv()));
        return Planner.plan(connection, declared, prune);
    }
}
