package dev.secretproviders.accesslog;

import dev.secretproviders.peers.Etcd;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.etcd.EtcdAccess;
import dev.secretproviders.store.etcd.EtcdStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The access log on a real etcd. */
final class EtcdAccessLogTest extends AccessLogContract {
    private static final AtomicInteger PREFIXES = new AtomicInteger();
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
                "/access-" + PREFIXES.incrementAndGet(),
                null,
                null,
                Duration.ofSeconds(5)));
    }
}
