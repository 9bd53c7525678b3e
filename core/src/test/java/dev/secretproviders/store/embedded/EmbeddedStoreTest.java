package dev.secretproviders.store.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreContract;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Transaction;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The store contract, on the embedded engine. */
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

    @Test
    void compactionGivesSpaceBackWhileOthersWriteAndLosesNothing() throws Exception {
        byte[] large = new byte[200_000];
        new Random(20261125).nextBytes(large);
        for (int i = 0; i < 60; i++) {
            large[0] = (byte) i;
            store.commit(Transaction.EMPTY.put("large/" + i, large));
        }
        store.commit(Transaction.EMPTY.put("kept", large));
        for (int i = 0; i < 60; i++) {
            store.commit(Transaction.EMPTY.delete("large/" + i));
        }
        // Measured before any write, because each commit already returns some space.
        long before = store.size();
        AtomicBoolean stop = new AtomicBoolean();
        CompletableFuture<Integer> writing =
                CompletableFuture.supplyAsync(() -> writeUntil(stop), Thread::startVirtualThread);
        try {
            store.compact();
        } finally {
            stop.set(true);
        }
        int written = writing.join();

        assertThat(store.size()).isLessThan(before / 2);
        store.close();
        store = EmbeddedStore.open(directory.resolve("data/store.db"), Duration.ZERO);
        assertThat(Objects.requireNonNull(store.get("kept")).value()).isEqualTo(large);
        assertThat(store.list("small/").entries()).hasSize(written);
        assertThat(store.list("large/").entries()).isEmpty();
    }

    /** Rewritten chunks first take space of their own, which once made the file larger than before. */
    @Test
    void compactionWhileOthersWriteNeverLeavesTheFileLarger() throws Exception {
        byte[] large = new byte[200_000];
        new Random(20261128).nextBytes(large);
        for (int i = 0; i < 60; i++) {
            large[0] = (byte) i;
            store.commit(Transaction.EMPTY.put("large/" + i, large));
        }
        for (int i = 0; i < 60; i += 2) {
            store.commit(Transaction.EMPTY.delete("large/" + i));
        }
        long before = store.size();
        AtomicBoolean stop = new AtomicBoolean();
        CompletableFuture<Integer> writing =
                CompletableFuture.supplyAsync(() -> writeUntil(stop), Thread::startVirtualThread);
        try {
            store.compact();
        } finally {
            stop.set(true);
        }
        int written = writing.join();

        assertThat(store.size()).isLessThan(before);
        assertThat(store.list("large/").entries()).hasSize(30);
        assertThat(store.list("small/").entries()).hasSize(written);
    }

    private int writeUntil(AtomicBoolean stop) {
        int written = 0;
        try {
            do {
                store.commit(Transaction.EMPTY.put("small/" + written, new byte[] {1}));
                written++;
            } while (!stop.get());
        } catch (StoreException e) {
            throw new IllegalStateException(e);
        }
        return written;
    }

    @Override
    public Store store() {
        return store;
    }
}
