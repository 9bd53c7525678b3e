package dev.secretproviders.app;

import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.store.EmbeddedStore;
import dev.secretproviders.store.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Puts a backup in the place of the embedded store. No runner may use it. */
@Command(
        name = "restore",
        mixinStandardHelpOptions = true,
        description =
                "Put a backup in the place of the store. Stop the runner before. What was there is kept beside it.")
final class RestoreCommand extends StoreCommand {
    @Parameters(paramLabel = "FILE", description = "a backup made by the command backup")
    private Path file = Path.of("");

    @Override
    int call(Configuration configuration) throws CannotStartException {
        ControlSettings settings = configuration.control();
        if (settings.store().remote()) {
            throw new CannotStartException(
                    "the store is etcd, which is restored with: etcdutl snapshot restore FILE", null);
        }
        if (!Files.isReadable(file)) {
            throw new CannotStartException(file + " cannot be read", null);
        }
        try {
            Path before = EmbeddedStore.restore(file, settings.store().file(settings.dataDirectory()));
            say("The store is as it was when the backup was made."
                    + (before == null ? "" : " What was there before is in " + before + "."));
            return super.call(configuration);
        } catch (StoreException | java.io.IOException e) {
            throw new CannotStartException(String.valueOf(e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Opening it showed that the keyring fits. */
    @Override
    int alone(Opened opened) throws StoreException {
        opened.audit()
                .record(AuditEvent.done(EventCode.RESTORE, actor(), "store")
                        .saying(String.valueOf(file.getFileName())));
        return 0;
    }

    @Override
    int through(RunningRunner runner, Configuration configuration) throws CannotStartException {
        throw new CannotStartException("a runner has begun to use the store that was just restored", null);
    }
}
