package dev.secretproviders.store;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** The manifest, on the embedded engine. */
final class VerifiedEmbeddedStoreTest extends VerifiedStoreContract {
    @TempDir
    private Path place;

    private EmbeddedStore engine;

    @Override
    Store engine() {
        try {
            engine = EmbeddedStore.open(place.resolve("store.db"), Duration.ZERO);
            return engine;
        } catch (StoreException e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterEach
    void close() {
        engine.close();
    }
}
