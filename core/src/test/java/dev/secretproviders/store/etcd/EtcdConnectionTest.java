package dev.secretproviders.store.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.store.HeardChanges;
import dev.secretproviders.store.Store;
import io.etcd.jetcd.Client;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class EtcdConnectionTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    @Test
    void watchOfAnEtcdThatRefusesKeepsItsClient() throws Exception {
        try (EtcdStandIn etcd = EtcdStandIn.refusing();
                EtcdStore store = EtcdStore.open(access(etcd.endpoint()));
                Store.Watch _ = store.watch("", 0, new HeardChanges())) {
            await().atMost(LONG).until(() -> etcd.questions() >= 5);

            assertThat(etcd.clients()).isEqualTo(1);
        }
    }

    @Test
    @Timeout(20)
    void unexpectedFailureOfTheWaitingHoldsBackNothing() throws Exception {
        // No socket takes such a port, and the settings refuse it.
        try (EtcdConnection connection = new EtcdConnection(access("http://127.0.0.1:99999"))) {
            Client client = connection.client();
            connection.lost(client);
            connection.awaitReachable();

            connection.lost(client);
            connection.awaitReachable();

            assertThat(connection.client()).isSameAs(client);
        }
    }

    @Test
    void oneEndpointThatAnswersIsEnough() throws Exception {
        try (EtcdStandIn etcd = EtcdStandIn.endingWatches();
                EtcdConnection connection =
                        new EtcdConnection(access("http://127.0.0.1:1", etcd.endpoint(), "http://127.0.0.1:2"))) {
            Client client = connection.client();
            connection.lost(client);

            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(connection.client()).isNotSameAs(client));
        }
    }

    private static EtcdAccess access(String... endpoints) {
        return new EtcdAccess(List.of(endpoints), "/test", null, null, Duration.ofSeconds(5));
    }
}
