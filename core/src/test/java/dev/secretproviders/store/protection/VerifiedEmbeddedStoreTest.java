package dev.secretproviders.store.protection;

import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.embedded.EmbeddedStore;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** The manifest, on the embedded engine. */
final class VerifiedEmbeddedStoreTest extends VerifiedStoreContract {
    @TempDir
    private Path place;

    private @Nullable EmbeddedStore engine;

    @Override
    Store engine() {
        try {
            EmbeddedStore opened = EmbeddedStore.open(place.resolve("store.db"), Duration.ZERO);
            engine = opened;
            return opened;
        } catch (StoreException e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterEach
    void close() {
        if (engine != null) {
            engine.close();
        }
    }
}
