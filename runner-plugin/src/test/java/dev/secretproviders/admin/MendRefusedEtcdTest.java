package dev.secretproviders.admin;

import dev.secretproviders.peers.Etcd;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.etcd.EtcdAccess;
import dev.secretproviders.store.etcd.EtcdStore;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** On a real etcd. */
final class MendRefusedEtcdTest extends MendRefusedContract {
    private static Etcd etcd;

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
        return EtcdStore.open(new EtcdAccess(
                List.of(etcd.endpoint().toString()),
                "/mend-" + directory.getFileName(),
                null,
                null,
                Duration.ofSeconds(5)));
    }

    @Override
    Store another(Store first) {
        return engine();
    }
}
