package dev.secretproviders.app.cli;

import dev.secretproviders.admin.AdminApi;
import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.store.PrivateFiles;
import dev.secretproviders.store.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import picocli.CommandLine.Command;

/** What is done with tokens of the Admin API beside it. */
@Command(
        name = "token",
        mixinStandardHelpOptions = true,
        description = "Tokens of the Admin API.",
        subcommands = TokenCommand.Reset.class)
final class TokenCommand {

    /** For whoever lost the file of the first token, or its content. */
    @Command(
            name = "reset",
            mixinStandardHelpOptions = true,
            description =
                    "End the first admin token, and write another into the file admin-token of the data directory. Tokens"
                            + " that you made stay.")
    static final class Reset extends StoreCommand {
        @Override
        int alone(Opened opened) throws StoreException, IOException, CannotStartException {
            Path file = opened.settings().firstToken();
            PrivateFiles.createDirectories(opened.settings().dataDirectory());
            boolean done = AdminApi.resetFirstToken(
                    opened.store().sealed(), opened.audit(), InstantSource.system(), file, actor());
            if (!done) {
                throw new CannotStartException("somebody else changed the first token meanwhile; try again", null);
            }
            return said(file.toString());
        }

        @Override
        int through(RunningRunner runner) throws CannotStartException {
            return said(runner.ask("POST", "/admin/tokens/reset", null, "file")
                    .path("file")
                    .asString());
        }

        private int said(String file) {
            say("The first admin token was replaced. The new one is in " + file + ".");
            return 0;
        }
    }
}
