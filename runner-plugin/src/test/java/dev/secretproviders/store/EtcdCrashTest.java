package dev.secretproviders.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.Etcd;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** etcd is killed a hundred times in the middle of commits: what it acknowledged is there, and nothing is there half. */
class EtcdCrashTest {
    private static final int KILLS = 100;
    private static final int LONGEST_LIFE_MILLIS = 120;

    private final Random random = new Random(20261125);
    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicLong acknowledged = new AtomicLong();

    @Test
    void everyAcknowledgedCommitIsThereAndNoneIsHalfThere() throws Exception {
        try (Etcd etcd = Etcd.start();
                Store writing = open(etcd);
                Store reading = open(etcd)) {
            CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> write(writing));
            try {
                for (int kill = 0; kill < KILLS; kill++) {
                    long before = acknowledged.get();
                    await().atMost(Duration.ofSeconds(20))
                            .pollInterval(Duration.ofMillis(2))
                            .failFast(writer::isDone)
                            .until(() -> acknowledged.get() > before);
                    Thread.sleep(random.nextInt(LONGEST_LIFE_MILLIS));
                    etcd.kill();
                    long known = acknowledged.get();
                    etcd.startAgain();
                    await().atMost(Duration.ofSeconds(20))
                            .ignoreExceptions()
                            .until(() -> CrashWriter.last(reading) >= known);
                }
            } finally {
                stop.set(true);
            }
            writer.join();
            List<Long> all =
                    LongStream.rangeClosed(1, CrashWriter.last(reading)).boxed().toList();
            assertThat(CrashTest.numbers(reading, "a/")).isEqualTo(all);
            assertThat(CrashTest.numbers(reading, "b/")).isEqualTo(all);
            assertThat(all).hasSizeGreaterThanOrEqualTo(acknowledged.intValue());
            assertThat(acknowledged.get()).isGreaterThan(KILLS);
        }
    }

    private static Store open(Etcd etcd) {
        return EtcdStore.open(
                new EtcdAccess(List.of(etcd.endpoint().toString()), "/crash", null, null, Duration.ofSeconds(2)));
    }

    /** Each transaction writes three keys, and only after the one before it; the number of each that was acknowledged is kept. */
    private void write(Store store) {
        while (!stop.get()) {
            try {
                Stored last = store.get("last");
                long next = CrashWriter.last(store) + 1;
                byte[] value = Long.toString(next).getBytes(StandardCharsets.US_ASCII);
                CommitResult result = store.commit(Transaction.EMPTY
                        .expecting("last", last == null ? 0 : last.revision())
                        .put("last", value)
                        .put("a/" + next, value)
                        .put("b/" + next, value));
                if (result instanceof CommitResult.Committed) {
                    acknowledged.set(next);
                }
            } catch (StoreException e) {
                // It was killed at this moment: whether the change was made, the next read says.
            }
        }
    }
}
