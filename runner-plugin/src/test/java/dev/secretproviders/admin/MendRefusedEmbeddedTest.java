package dev.secretproviders.admin;

import dev.secretproviders.store.Store;
import dev.secretproviders.store.embedded.EmbeddedStore;
import java.time.Duration;

/** On the embedded engine. */
final class MendRefusedEmbeddedTest extends MendRefusedContract {
    @Override
    Store engine() throws Exception {
        return EmbeddedStore.open(directory.resolve("store.mv.db"), Duration.ZERO);
    }

    @Override
    Store another(Store first) {
        return first;
    }
}
