package dev.secretproviders.app;

import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.store.EmbeddedStore;
import dev.secretproviders.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;
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

    /** Whether the restored store stays where it is: it can be opened, or a runner has it open already. */
    private boolean settled;

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
        Path store = settings.store().file(settings.dataDirectory());
        try {
            Path before = EmbeddedStore.restore(file, store);
            try {
                int code = super.call(configuration);
                settled = true;
                say("The store is as it was when the backup was made."
                        + (before == null ? "" : " What was there before is in " + before + "."));
                return code;
            } finally {
                if (!settled) {
                    putBack(before, store);
                }
            }
        } catch (StoreException | IOException e) {
            throw new CannotStartException(String.valueOf(e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static void putBack(@Nullable Path before, Path store) throws IOException {
        if (before == null) {
            Files.deleteIfExists(store);
        } else {
            Files.move(before, store, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
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
    int through(RunningRunner runner) throws CannotStartException {
        settled = true;
        throw new CannotStartException("a runner has begun to use the store that was just restored", null);
    }
}
