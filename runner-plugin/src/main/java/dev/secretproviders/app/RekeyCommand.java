package dev.secretproviders.app;

import dev.secretproviders.admin.Operations.RefusedException;
import dev.secretproviders.admin.Operations.Rekeyed;
import dev.secretproviders.store.StoreException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Command;

/** Puts everything that is stored under a new master key, whether a runner uses the store or not. */
@Command(
        name = "rekey",
        mixinStandardHelpOptions = true,
        description =
                "Put everything that is stored under a new master key, also while a runner uses the store. Keys before"
                        + " it stay in the keyring: older backups need them.")
final class RekeyCommand extends StoreCommand {
    @Override
    int alone(Opened opened) throws StoreException, CannotStartException {
        try {
            Rekeyed rekeyed = opened.operations().rekey(actor(), null);
            say("%d entries are under master key %s now.".formatted(rekeyed.entries(), rekeyed.key()));
            return 0;
        } catch (RefusedException e) {
            throw new CannotStartException(String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    int through(RunningRunner runner, Configuration configuration) throws CannotStartException, InterruptedException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        runner.call(configuration, "POST", "/admin/rekey", answer);
        say(answer.toString(StandardCharsets.UTF_8));
        return 0;
    }
}
