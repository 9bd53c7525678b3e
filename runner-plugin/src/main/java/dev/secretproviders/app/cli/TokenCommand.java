package dev.secretproviders.app.cli;

import dev.secretproviders.admin.AdminApi;
import dev.secretproviders.app.cli.call.RunningRunner;
import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.store.PrivateFiles;
import dev.secretproviders.store.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import picocli.CommandLine.Command;

/** The command {@code token}, which replaces the first token of the Admin API. */
@Command(
        name = "token",
        mixinStandardHelpOptions = true,
        description = "Tokens of the Admin API.",
        subcommands = TokenCommand.Reset.class)
final class TokenCommand {

    /** Replaces a first token that was lost. */
    @Command(
            name = "reset",
            mixinStandardHelpOptions = true,
            description =
                    "Revoke the first admin token, and write a new one to the file admin-token in the data directory."
                            + " Tokens that you created stay valid.")
    static final class Reset extends StoreCommand {
        @Override
        int alone(Opened opened) throws StoreException, IOException, CannotStartException {
            Path file = opened.settings().firstToken();
            PrivateFiles.createDirectories(opened.settings().dataDirectory());
            boolean done = AdminApi.resetFirstToken(
                    opened.store().sealed(), opened.audit(), InstantSource.system(), file, actor());
            if (!done) {
                throw new CannotStartException("another process changed the first token meanwhile; try again", null);
            }
            return replaced(file.toString());
        }

        @Override
        int through(RunningRunner runner) throws CannotStartException {
            return replaced(runner.ask("POST", "/admin/tokens/reset", null, "file")
                    .path("file")
                    .asString());
        }

        private int replaced(String file) {
            print("The first admin token was replaced. The new one is in " + file + ".");
            return 0;
        }
    }
}
