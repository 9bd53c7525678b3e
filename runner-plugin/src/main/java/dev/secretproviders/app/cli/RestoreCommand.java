package dev.secretproviders.app.cli;

import dev.secretproviders.app.cli.call.RunningRunner;
import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.app.settings.Configuration;
import dev.secretproviders.app.settings.ControlSettings;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.embedded.EmbeddedStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Replaces the embedded store with a backup. No runner may use the store. */
@Command(
        name = "restore",
        mixinStandardHelpOptions = true,
        description =
                "Replace the store with a backup, or accept the store as it is. Stop the runner first. The previous"
                        + " store is kept in the same directory.")
final class RestoreCommand extends StoreCommand {
    @ArgGroup(multiplicity = "1")
    private NewContent what = new NewContent();

    /** Whether the restored store is kept, because it can be opened or a runner has opened it already. */
    private boolean settled;

    /** The store's new content. */
    static final class NewContent {
        @Parameters(paramLabel = "FILE", description = "a backup made by the command backup")
        @Nullable
        private Path file;

        @Option(
                names = "--accept",
                description =
                        "no backup: accept the current content of the store, after etcd was restored, or to accept"
                                + " records that something else changed")
        private boolean accept;
    }

    @Override
    boolean accepts() {
        return true;
    }

    @Override
    int call(Configuration configuration) throws CannotStartException, IOException, InterruptedException {
        return what.accept ? super.call(configuration) : restore(configuration, Objects.requireNonNull(what.file));
    }

    private int restore(Configuration configuration, Path file) throws CannotStartException {
        ControlSettings settings = configuration.control();
        if (settings.store().remote()) {
            throw new CannotStartException(
                    "the store is etcd, which is restored with: etcdutl snapshot restore FILE. Then accept it with:"
                            + " secret-providers restore --accept",
                    null);
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
                print("The store is as it was when the backup was made."
                        + (before == null ? "" : " The previous store is in " + before + "."));
                return code;
            } finally {
                if (!settled) {
                    undo(before, store);
                }
            }
        } catch (StoreException | IOException e) {
            throw new CannotStartException(String.valueOf(e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static void undo(@Nullable Path before, Path store) throws IOException {
        if (before == null) {
            Files.deleteIfExists(store);
        } else {
            Files.move(before, store, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** Records the restore. The store could be opened, so the keyring fits. */
    @Override
    int alone(Opened opened) throws StoreException {
        Path file = what.file;
        if (file == null) {
            Set<String> refused = opened.store().sealed().verify().keySet();
            opened.store().accept(opened.audit(), actor(), refused);
            print("The store is accepted as it is."
                    + (refused.isEmpty() ? "" : " No longer refused: " + String.join(", ", refused) + "."));
            return 0;
        }
        opened.audit()
                .record(AuditEvent.done(EventCode.RESTORE, actor(), "store")
                        .withMessage(String.valueOf(file.getFileName())));
        return 0;
    }

    @Override
    int through(RunningRunner runner) throws CannotStartException {
        settled = true;
        throw new CannotStartException(
                what.file == null
                        ? "a runner uses the store; stop it first"
                        : "a runner has begun to use the store that was just restored",
                null);
    }
}
