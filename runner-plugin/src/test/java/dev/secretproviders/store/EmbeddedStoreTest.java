package dev.secretproviders.store;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The contract, on the embedded engine. */
final class EmbeddedStoreTest extends StoreContract {
    @TempDir
    private Path directory;

    private EmbeddedStore store;

    @BeforeEach
    void open() throws Exception {
        store = EmbeddedStore.open(directory.resolve("data/store.db"), Duration.ZERO);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Override
    Store store() {
        return store;
    }
}
