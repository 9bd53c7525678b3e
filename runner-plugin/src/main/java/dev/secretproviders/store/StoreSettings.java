package dev.secretproviders.store;

import dev.secretproviders.settings.Settings;
import java.nio.file.Path;
import java.time.Duration;

/** Stand-in. */
public record StoreSettings(boolean remote) {
    public static StoreSettings read(Settings section) {
        return new StoreSettings(false);
    }

    public Store open(Path dataDirectory) throws StoreException {
        return EmbeddedStore.open(dataDirectory.resolve("store.mv.db"), Duration.ofSeconds(5));
    }
}
