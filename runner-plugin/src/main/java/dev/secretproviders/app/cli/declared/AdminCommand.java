package dev.secretproviders.app.cli.declared;

import dev.secretproviders.app.cli.call.AdminConnection;
import dev.secretproviders.app.cli.call.AdminOptions;
import dev.secretproviders.app.cli.call.Invocation;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that works through the Admin API of the runner that its options name. */
abstract class AdminCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private AdminOptions admin = new AdminOptions();

    /** Runs the command. Returns its exit code. */
    abstract int run(AdminConnection connection) throws Exception;

    @Override
    public final Integer call() throws Exception {
        return admin.with(Invocation.of(spec).source(), this::run);
    }

    final CommandSpec spec() {
        return spec;
    }
}
