package dev.secretproviders.app.cli;

import dev.secretproviders.admin.operation.Operations.RefusedException;
import dev.secretproviders.app.cli.call.RunningRunner;
import dev.secretproviders.app.control.AuditSinks;
import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.app.control.OpenedStore;
import dev.secretproviders.app.control.StoreOperations;
import dev.secretproviders.app.settings.Configuration;
import dev.secretproviders.app.settings.ControlSettings;
import dev.secretproviders.app.wiring.LocalUser;
import dev.secretproviders.app.wiring.Startup;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.snapshot.LastKnownGood;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.StoreInUseException;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that works on the store: directly if no runner has it open, else through that runner. */
abstract class StoreCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** The opened store and its related parts. */
    record Opened(ControlSettings settings, OpenedStore store, AuditLog audit, StoreOperations operations) {}

    /** Runs the command on a store that no other process has open. */
    abstract int alone(Opened opened) throws StoreException, IOException, CannotStartException, RefusedException;

    /** Returns whether the store may have returned to an earlier state. */
    boolean accepts() {
        return false;
    }

    /** Runs the command through the runner that has the store open. */
    abstract int through(RunningRunner runner) throws IOException, CannotStartException;

    @Override
    public Integer call() throws Exception {
        Main main = (Main) spec.root().userObject();
        // The module's self-tests take as long as all that a command does before it needs the module.
        Startup.preloadModule();
        return new Startup(main.source()).withConfiguration(false, this::call);
    }

    int call(Configuration configuration) throws CannotStartException, IOException, InterruptedException {
        ControlSettings settings = configuration.control();
        RunningRunner runner = new RunningRunner(settings.dataDirectory());
        if (!settings.store().remote() && runner.present()) {
            // The runner has the store open, so waiting for the store would fail.
            return through(runner);
        }
        try {
            settings.store().requirePresent(settings.dataDirectory());
            try (OpenedStore store = OpenedStore.open(settings, accepts());
                    AuditLog audit = AuditSinks.open(store, settings, Duration.ZERO)) {
                store.foundManifest(audit);
                StoreOperations operations = new StoreOperations(
                        store,
                        audit,
                        settings.crypto(),
                        () -> LastKnownGood.rewrap(settings.lastKnownGoodFile(), store.sealer()),
                        () -> {
                            throw new RefusedException("no runner is running");
                        });
                return alone(new Opened(settings, store, audit, operations));
            }
        } catch (StoreInUseException e) {
            return through(runner);
        } catch (StoreException | RefusedException e) {
            throw new CannotStartException(String.valueOf(e.getMessage()), e);
        }
    }

    /** Returns the actor for the audit log. */
    static Actor actor() {
        return LocalUser.current();
    }

    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    void print(String line) {
        out().println(line);
        out().flush();
    }
}
