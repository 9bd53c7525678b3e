package dev.secretproviders.app.cli;

import dev.secretproviders.admin.operation.Operations.Compacted;
import dev.secretproviders.admin.operation.Operations.RefusedException;
import dev.secretproviders.app.cli.call.RunningRunner;
import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.store.StoreException;
import picocli.CommandLine.Command;
import tools.jackson.databind.JsonNode;

/** Returns unused space of the embedded store to the file system, whether a runner uses it or not. */
@Command(
        name = "compact",
        mixinStandardHelpOptions = true,
        description =
                "Make the file of the embedded store as small as its content allows, also while a runner uses it.")
final class CompactCommand extends StoreCommand {
    @Override
    int alone(Opened opened) throws StoreException, RefusedException {
        Compacted compacted = opened.operations().compact(actor(), null);
        return done(compacted.before(), compacted.after());
    }

    @Override
    int through(RunningRunner runner) throws CannotStartException {
        JsonNode compacted = runner.ask("POST", "/admin/compact", null, "bytes_after");
        return done(
                compacted.path("bytes_before").asLong(),
                compacted.path("bytes_after").asLong());
    }

    private int done(long before, long after) {
        print("The store had %,d bytes and has %,d now.".formatted(before, after));
        return 0;
    }
}
