package dev.secretproviders.app.cli;

import dev.secretproviders.admin.operation.Operations.RefusedException;
import dev.secretproviders.admin.operation.Operations.Rekeyed;
import dev.secretproviders.app.cli.call.RunningRunner;
import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.store.StoreException;
import picocli.CommandLine.Command;
import tools.jackson.databind.JsonNode;

/** Encrypts all stored values with a new master key, whether a runner uses the store or not. */
@Command(
        name = "rekey",
        mixinStandardHelpOptions = true,
        description =
                "Encrypt the store with a new master key, also while a runner uses the store. Earlier keys stay in the"
                        + " keyring: older backups need them.")
final class RekeyCommand extends StoreCommand {
    @Override
    int alone(Opened opened) throws StoreException, RefusedException {
        Rekeyed rekeyed = opened.operations().rekey(actor(), null);
        return done(rekeyed.entries(), rekeyed.key());
    }

    @Override
    int through(RunningRunner runner) throws CannotStartException {
        JsonNode rekeyed = runner.ask("POST", "/admin/rekey", null, "key");
        return done(rekeyed.path("entries").asInt(), rekeyed.path("key").asString());
    }

    private int done(int entries, String key) {
        print("%d entries are under master key %s now.".formatted(entries, key));
        return 0;
    }
}
