package dev.secretproviders.consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.store.etcd.EtcdAccess;
import dev.secretproviders.store.etcd.EtcdHistory;
import dev.secretproviders.store.etcd.EtcdStandIn;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The source before an etcd that accepts connections and yet does not serve. */
final class EtcdRefusalsTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    @Test
    void etcdThatRefusesIsAskedAgainByTheSameClient() throws Exception {
        try (EtcdStandIn etcd = EtcdStandIn.refusing();
                HeardSnapshots told = new HeardSnapshots(source(etcd))) {
            await().atMost(LONG).until(() -> etcd.questions() >= 4);

            assertThat(etcd.clients()).isEqualTo(1);
            assertThat(told.awaitError("etcd")).contains("PERMISSION_DENIED");
        }
    }

    @Test
    void watchThatEndsWithoutAnErrorIsNoticed() throws Exception {
        try (EtcdStandIn etcd = EtcdStandIn.endingWatches();
                HeardSnapshots told = new HeardSnapshots(source(etcd))) {
            assertThat(told.awaitError("etcd")).isEqualTo("etcd ended the watch");
        }
    }

    private static EtcdConsumerSource source(EtcdStandIn etcd) {
        EtcdAccess access = new EtcdAccess(List.of(etcd.endpoint()), "/apisix", null, null, Duration.ofSeconds(5));
        return new EtcdConsumerSource(access, new GatewayTable(new KeyDigester(), null), EtcdHistory.LONG_OUTAGE);
    }
}
