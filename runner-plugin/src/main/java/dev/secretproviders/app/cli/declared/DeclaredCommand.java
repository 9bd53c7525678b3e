package dev.secretproviders.app.cli.declared;

import dev.secretproviders.app.cli.call.AdminConnection;
import dev.secretproviders.app.cli.call.AdminOptions;
import dev.secretproviders.app.cli.call.Invocation;
import dev.secretproviders.app.cli.document.DocumentException;
import dev.secretproviders.app.cli.document.Variables;
import dev.secretproviders.app.control.CannotStartException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A command that compares a file with a runner. */
abstract class DeclaredCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Option(
            names = {"-f", "--file"},
            required = true,
            paramLabel = "FILE",
            description = "the objects, as YAML or JSON, in the sections providers, certificates and tokens")
    private Path file = Path.of("");

    @Option(names = "--prune", description = "delete what the file does not name, in the sections that it has")
    private boolean prune;

    /** Runs the command. */
    abstract int run(AdminConnection connection) throws Exception;

    @Override
    public Integer call() throws Exception {
        return admin.with(Invocation.of(spec).source(), this::run);
    }

    final CommandSpec spec() {
        return spec;
    }

    /** Returns what differs. */
    final Plan plan(AdminConnection connection) throws CannotStartException, DocumentException {
        DeclaredFile declared = DeclaredFile.read(file, Variables.ofApisix(System.getenv()));
        return Planner.plan(connection, declared, prune);
    }
}
