package dev.secretproviders.store;

import dev.secretproviders.settings.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Stand-in. */
public record StoreSettings(boolean remote) {
    public static StoreSettings read(Settings section) {
        return new StoreSettings(false);
    }

    public Path file(Path dataDirectory) {
        return dataDirectory.resolve("store.mv.db");
    }

    public Store open(Path dataDirectory) throws StoreException {
        return EmbeddedStore.open(file(dataDirectory), Duration.ofSeconds(5));
    }

    public void requirePresent(Path dataDirectory) throws StoreException {
        if (!Files.exists(file(dataDirectory))) {
            throw new StoreException("there is no store at " + file(dataDirectory), null);
        }
    }
}
