package dev.secretproviders.app;

import dev.secretproviders.admin.Operations.Compacted;
import dev.secretproviders.admin.Operations.RefusedException;
import dev.secretproviders.store.StoreException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Command;

/** Gives space that the embedded store no longer needs back to the file system, whether a runner uses it or not. */
@Command(
        name = "compact",
        mixinStandardHelpOptions = true,
        description =
                "Make the file of the embedded store as small as its content allows, also while a runner uses it.")
final class CompactCommand extends StoreCommand {
    @Override
    int alone(Opened opened) throws StoreException, CannotStartException {
        try {
            Compacted compacted = opened.operations().compact(actor(), null);
            say("The store had %,d bytes and has %,d now.".formatted(compacted.before(), compacted.after()));
            return 0;
        } catch (RefusedException e) {
            throw new CannotStartException(String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    int through(RunningRunner runner, Configuration configuration) throws CannotStartException, InterruptedException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        runner.call(configuration, "POST", "/admin/compact", answer);
        say(answer.toString(StandardCharsets.UTF_8));
        return 0;
    }
}
