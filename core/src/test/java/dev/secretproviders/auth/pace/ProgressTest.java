package dev.secretproviders.auth.pace;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    private final Progress progress = new Progress();

    @Test
    void whatHoldsAlreadyIsNotWaitedFor() throws Exception {
        assertThat(progress.await(() -> true, Duration.ZERO)).isTrue();
    }

    @Test
    void waitEndsWithItsTime() throws Exception {
        assertThat(progress.await(() -> false, Duration.ofMillis(5))).isFalse();
    }

    @Test
    void conditionIsLookedAtWhenSomethingHappenedAndNotInBetween() throws Exception {
        AtomicBoolean holds = new AtomicBoolean();
        AtomicInteger looks = new AtomicInteger();
        CountDownLatch looked = new CountDownLatch(1);
        CompletableFuture<Boolean> waits = new CompletableFuture<>();
        Thread waiting = Thread.ofVirtual().start(() -> {
            try {
                waits.complete(progress.await(
                        () -> {
                            looks.incrementAndGet();
                            looked.countDown();
                            return holds.get();
                        },
                        LONG));
            } catch (InterruptedException e) {
                waits.completeExceptionally(e);
            }
        });
        assertThat(looked.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        holds.set(true);
        progress.happened();
        assertThat(waits.get(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(looks).hasValue(2);
        waiting.join();
    }

    @Test
    void manyThatHappenAtOnceWakeTheWaiterTogether() throws Exception {
        int many = 10_000;
        AtomicInteger tried = new AtomicInteger();
        AtomicInteger looks = new AtomicInteger();
        Thread telling = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < many; i++) {
                tried.incrementAndGet();
                progress.happenedBatched();
            }
        });
        boolean all = progress.await(
                () -> {
                    looks.incrementAndGet();
                    return tried.get() == many;
                },
                LONG);
        telling.join();
        assertThat(all).isTrue();
        assertThat(looks.get()).isLessThan(many / 10);
    }
}
