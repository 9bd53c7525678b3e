package dev.secretproviders.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.Etcd;
import dev.secretproviders.store.etcd.EtcdAccess;
import dev.secretproviders.store.etcd.EtcdStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * etcd is killed a hundred times in the middle of commits: acknowledged changes are present, and no change is half
 * present. Most of the time is spent waiting for restarts, so several servers are killed together.
 */
class EtcdCrashTest {
    private static final int SERVERS = 4;
    private static final int KILLS_OF_EACH = 25;
    private static final int LONGEST_LIFE_MILLIS = 120;

    @Test
    void everyAcknowledgedCommitIsThereAndNoneIsHalfThere() throws Exception {
        CrashTest.atOnce(SERVERS, number -> new Victim(new Random(20261125 + number)).kill());
    }

    private static Store open(Etcd etcd) {
        return EtcdStore.open(
                new EtcdAccess(List.of(etcd.endpoint().toString()), "/crash", null, null, Duration.ofSeconds(2)));
    }

    /** A server to write to and to kill. */
    private static final class Victim {
        private final Random random;
        private final AtomicBoolean stop = new AtomicBoolean();
        private final AtomicLong acknowledged = new AtomicLong();

        private Victim(Random random) {
            this.random = random;
        }

        private void kill() throws Exception {
            try (Etcd etcd = Etcd.start();
                    Store writing = open(etcd);
                    Store reading = open(etcd);
                    ExecutorService thread = Executors.newSingleThreadExecutor()) {
                Future<?> writer = thread.submit(() -> write(writing));
                try {
                    for (int kill = 0; kill < KILLS_OF_EACH; kill++) {
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
                writer.get();
                List<Long> all = LongStream.rangeClosed(1, CrashWriter.last(reading))
                        .boxed()
                        .toList();
                assertThat(CrashTest.numbers(reading, "a/")).isEqualTo(all);
                assertThat(CrashTest.numbers(reading, "b/")).isEqualTo(all);
                assertThat(all).hasSizeGreaterThanOrEqualTo(acknowledged.intValue());
                assertThat(acknowledged.get()).isGreaterThan(KILLS_OF_EACH);
            }
        }

        /**
         * Writes three keys per transaction, one transaction after the other, and keeps the number of the last
         * acknowledged one.
         */
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
                    // The server was killed at this moment. The next read shows whether the change was made.
                }
            }
        }
    }
}
