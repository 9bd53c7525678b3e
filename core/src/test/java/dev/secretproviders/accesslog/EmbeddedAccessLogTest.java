package dev.secretproviders.accesslog;

import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.embedded.EmbeddedStore;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.io.TempDir;

/** The access log in a file. */
final class EmbeddedAccessLogTest extends AccessLogContract {
    @TempDir
    private Path directory;

    @Override
    Store engine() throws StoreException {
        return EmbeddedStore.open(directory.resolve("store.mv.db"), Duration.ZERO);
    }
}
