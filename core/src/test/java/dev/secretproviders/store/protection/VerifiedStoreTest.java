package dev.secretproviders.store.protection;

import dev.secretproviders.crypto.MasterKeyring;
import dev.secretproviders.crypto.RandomSecrets;
import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreContract;
import dev.secretproviders.store.Transaction;
import dev.secretproviders.store.embedded.EmbeddedStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The store contract for a store with a manifest. */
final class VerifiedStoreTest extends StoreContract {
    @TempDir
    private Path directory;

    private VerifiedStore store;

    @BeforeEach
    void open() throws Exception {
        Sealer sealer = new Sealer(MasterKeyring.of(RandomSecrets.bytes(32)));
        store = VerifiedStore.open(
                new SealedStore(
                        EmbeddedStore.open(directory.resolve("store.db"), Duration.ZERO),
                        sealer,
                        Set.of("audit/", "meta/")),
                SeenCounter.open(directory.resolve("store-counter"), sealer),
                InstantSource.system(),
                false,
                false);
        store.found(Transaction.EMPTY);
        committed(Transaction.EMPTY);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Override
    public Store store() {
        return store;
    }
}
