package dev.secretproviders.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.Etcd;
import dev.secretproviders.resolve.ResolverFixture;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.etcd.EtcdAccess;
import dev.secretproviders.store.etcd.EtcdStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Two runners on one etcd: a rotation that one sees is in force at the other within a second, with one fetch and no
 * echo.
 */
class RotationNoticesTest {
    private static final Duration A_SECOND = Duration.ofSeconds(1);

    @Test
    void otherRunnerAsksForThatSecretOnlyOnceHoweverManyReferToIt() throws Exception {
        try (Etcd etcd = Etcd.start();
                Store store = open(etcd);
                Store otherStore = open(etcd);
                ResolverFixture one = new ResolverFixture();
                ResolverFixture other = new ResolverFixture();
                RotationNotices notices =
                        new RotationNotices(store, one.resolver, id -> false, InstantSource.system());
                RotationNotices otherNotices =
                        new RotationNotices(otherStore, other.resolver, id -> false, InstantSource.system())) {
            notices.start();
            otherNotices.start();
            for (ResolverFixture runner : List.of(one, other)) {
                runner.provider.put("jack", "1", "key", "secret-a", "second", "secret-x");
                runner.provider.put("rose", "1", "key", "secret-r");
                runner.resolve("jack/key", "jack/second", "rose/key");
            }
            for (int version = 2; version <= 4; version++) {
                String id = Integer.toString(version);
                for (ResolverFixture runner : List.of(one, other)) {
                    runner.provider.put("jack", id, "key", "secret-" + id, "second", "secret-x" + id);
                }
                int calls = other.provider.calls.size();
                int ownCalls = one.provider.calls.size();
                one.resolver.refresh(ResolverFixture.reference("jack/key"));
                one.drain();
                assertThat(one.isCurrent("jack/key", "secret-" + id)).isTrue();

                await().atMost(A_SECOND).pollInterval(Duration.ofMillis(5)).until(() -> other.waiting() > 0);
                other.drain();
                assertThat(other.isCurrent("jack/key", "secret-" + id)).isTrue();
                assertThat(other.isCurrent("jack/second", "secret-x" + id)).isTrue();
                assertThat(other.provider.calls.subList(calls, other.provider.calls.size()))
                        .as("one fetch, of that path")
                        .singleElement()
                        .satisfies(call -> assertThat(call)
                                .singleElement()
                                .satisfies(request ->
                                        assertThat(request.path().name()).isEqualTo("jack")));

                long revision = store.list("notice/").revision();
                Thread.sleep(300);
                assertThat(one.waiting() + other.waiting()).as("no echo").isZero();
                assertThat(store.list("notice/").revision()).isEqualTo(revision);
                assertThat(one.provider.calls).hasSize(ownCalls + 1);
            }
            assertThat(store.list("notice/").entries()).hasSize(1);
        }
    }

    private static Store open(Etcd etcd) {
        return EtcdStore.open(
                new EtcdAccess(List.of(etcd.endpoint().toString()), "/notices", null, null, Duration.ofSeconds(2)));
    }
}
