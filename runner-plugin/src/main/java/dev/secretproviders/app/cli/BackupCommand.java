package dev.secretproviders.app.cli;

import dev.secretproviders.admin.operation.Operations.RefusedException;
import dev.secretproviders.app.cli.call.RunningRunner;
import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.store.StoreException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Makes a backup of the embedded store, whether a runner uses it or not. */
@Command(
        name = "backup",
        mixinStandardHelpOptions = true,
        description =
                "Make a backup of the store, also while a runner uses it. Its secrets stay encrypted: keep the keyring,"
                        + " in another place.")
final class BackupCommand extends StoreCommand {
    @Parameters(paramLabel = "FILE", description = "the backup; must not exist yet")
    private Path file = Path.of("");

    private interface Content {
        void to(OutputStream out) throws StoreException, IOException, CannotStartException;
    }

    @Override
    int alone(Opened opened) throws StoreException, IOException, CannotStartException, RefusedException {
        return write(opened.operations().backup(actor(), null)::to);
    }

    @Override
    int through(RunningRunner runner) throws IOException, CannotStartException {
        try {
            return write(out -> runner.call("POST", "/admin/backup", "application/octet-stream", out));
        } catch (StoreException e) {
            throw new CannotStartException(String.valueOf(e.getMessage()), e);
        }
    }

    /** Writes the whole backup, readable by its owner only, or leaves no file. */
    private int write(Content content) throws StoreException, IOException, CannotStartException {
        boolean whole = false;
        try (FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            try {
                content.to(Channels.newOutputStream(channel));
                channel.force(true);
                whole = true;
            } finally {
                if (!whole) {
                    Files.delete(file);
                }
            }
        } catch (FileAlreadyExistsException e) {
            throw new CannotStartException("there is already a file " + file + "; name another one", e);
        }
        print("The backup is in " + file + ". It is of no use without the keyring.");
        return 0;
    }
}
