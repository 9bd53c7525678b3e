package dev.secretproviders.consumer;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class FollowingSourceTest {
    @Test
    void unexpectedFailureWhileItWaitsForItsPeerDoesNotEndIt() {
        AtomicInteger followed = new AtomicInteger();
        FollowingSource source = new FollowingSource("test", Duration.ofMillis(100)) {
            @Override
            void follow() throws ConsumerSourceException {
                followed.incrementAndGet();
                throw ConsumerSourceException.away("away");
            }

            @Override
            void awaitPeer() {
                throw new IllegalStateException();
            }

            @Override
            public List<SecretObject> secretObjects() {
                return List.of();
            }
        };
        try (HeardSnapshots _ = new HeardSnapshots(source)) {
            await().atMost(Duration.ofSeconds(20)).until(() -> followed.get() >= 3);
        }
    }
}
