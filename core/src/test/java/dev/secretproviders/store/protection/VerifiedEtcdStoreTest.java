package dev.secretproviders.store.protection;

import dev.secretproviders.peers.Etcd;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.etcd.EtcdAccess;
import dev.secretproviders.store.etcd.EtcdStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

/** The manifest, on a real etcd. */
final class VerifiedEtcdStoreTest extends VerifiedStoreContract {
    private static final AtomicInteger PREFIXES = new AtomicInteger();
    private static Etcd etcd;

    private @Nullable EtcdStore engine;

    @BeforeAll
    static void start() {
        etcd = Etcd.start();
    }

    @AfterAll
    static void stop() {
        etcd.close();
    }

    @Override
    Store engine() {
        EtcdStore opened = EtcdStore.open(new EtcdAccess(
                List.of(etcd.endpoint().toString()),
                "/verified-" + PREFIXES.incrementAndGet(),
                null,
                null,
                Duration.ofSeconds(5)));
        engine = opened;
        return opened;
    }

    @AfterEach
    void close() {
        if (engine != null) {
            engine.close();
        }
    }
}
