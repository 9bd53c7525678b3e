package dev.secretproviders.auth.hmac;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.hmac.SeenSignatures.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A signature counts once within its window, whatever else is remembered. */
class SeenSignaturesTest {
    private static final long WINDOW = 600;
    private static final int PARTS = 64;

    private final AtomicLong now = new AtomicLong(-17);
    private final SeenSignatures seen = new SeenSignatures(now::get, 1 << 21);
    private final Random random = new Random(7);

    private void pass(long seconds) {
        now.addAndGet(Duration.ofSeconds(seconds).toNanos());
    }

    private long[] digest() {
        return new long[] {random.nextLong(), random.nextLong(), 0, 0};
    }

    @Test
    void signatureCountsOnceWithinItsWindow() {
        long[] one = digest();
        assertThat(seen.add(one, WINDOW)).isEqualTo(Result.FIRST);
        assertThat(seen.add(one, WINDOW)).isEqualTo(Result.SEEN);
        pass(WINDOW - 1);
        assertThat(seen.add(one, WINDOW)).isEqualTo(Result.SEEN);
        assertThat(seen.add(digest(), WINDOW)).isEqualTo(Result.FIRST);
    }

    @Test
    void signatureCountsAgainAfterItsWindow() {
        long[] one = digest();
        seen.add(one, WINDOW);
        pass(WINDOW);
        assertThat(seen.add(one, WINDOW)).isEqualTo(Result.FIRST);
        assertThat(seen.add(one, WINDOW)).isEqualTo(Result.SEEN);
    }

    @Test
    void windowIsThatOfTheUseThatCounted() {
        long[] one = digest();
        seen.add(one, 10);
        pass(5);
        assertThat(seen.add(one, WINDOW)).isEqualTo(Result.SEEN);
        pass(5);
        assertThat(seen.add(one, 10)).isEqualTo(Result.FIRST);
    }

    @Test
    void bothHalvesOfADigestCount() {
        assertThat(seen.add(new long[] {1, 2}, WINDOW)).isEqualTo(Result.FIRST);
        assertThat(seen.add(new long[] {1, 3}, WINDOW)).isEqualTo(Result.FIRST);
        assertThat(seen.add(new long[] {2, 2}, WINDOW)).isEqualTo(Result.FIRST);
        assertThat(seen.add(new long[] {1, 2}, WINDOW)).isEqualTo(Result.SEEN);
    }

    @Test
    void tableGrowsAndForgetsNothingWithinTheWindow() {
        Map<Integer, long[]> all = new HashMap<>();
        for (int i = 0; i < 100_000; i++) {
            all.put(i, digest());
            assertThat(seen.add(all.get(i), WINDOW)).isEqualTo(Result.FIRST);
        }
        all.values().forEach(digest -> assertThat(seen.add(digest, WINDOW)).isEqualTo(Result.SEEN));
        assertThat(seen.size()).isEqualTo(100_000);
    }

    @Test
    void memoryIsGivenBackAfterTheWindow() {
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < 20_000; i++) {
                assertThat(seen.add(digest(), WINDOW)).isEqualTo(Result.FIRST);
            }
            pass(WINDOW);
        }
        assertThat(seen.size()).isLessThan(100_000);
    }

    @Test
    void fullMemoryAcceptsNothingNewAndStillKnowsWhatItHolds() {
        SeenSignatures small = new SeenSignatures(now::get, PARTS * 16);
        List<long[]> held = new ArrayList<>();
        boolean full = false;
        while (!full) {
            long[] digest = digest();
            full = small.add(digest, WINDOW) == Result.FULL;
            if (!full) {
                held.add(digest);
            }
        }
        held.forEach(digest -> assertThat(small.add(digest, WINDOW)).isEqualTo(Result.SEEN));
        assertThat(held.size()).isLessThanOrEqualTo(PARTS * 12);

        pass(WINDOW);
        held.forEach(digest -> assertThat(small.add(digest, WINDOW)).isEqualTo(Result.FIRST));
    }

    @Test
    void signatureCountsOnceForAllThreadsTogether() throws Exception {
        int threads = 4;
        List<long[]> digests = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            digests.add(digest());
        }
        CountDownLatch ready = new CountDownLatch(threads);
        List<Future<Integer>> firsts = new ArrayList<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            for (int t = 0; t < threads; t++) {
                firsts.add(pool.submit(() -> {
                    ready.countDown();
                    ready.await();
                    int first = 0;
                    for (long[] digest : digests) {
                        first += seen.add(digest, WINDOW) == Result.FIRST ? 1 : 0;
                    }
                    return first;
                }));
            }
        }
        int total = 0;
        for (Future<Integer> first : firsts) {
            total += first.get();
        }
        assertThat(total).isEqualTo(digests.size());
    }
}
