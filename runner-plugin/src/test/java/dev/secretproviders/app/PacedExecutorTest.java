package dev.secretproviders.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PacedExecutorTest {
    private final List<Duration> rests = new ArrayList<>();
    private long now = -5;
    private final PacedExecutor executor = new PacedExecutor(Runnable::run, () -> now, rests::add);

    private Runnable taking(Duration time) {
        return () -> now += time.toNanos();
    }

    @Test
    void shortTasksFollowEachOtherAtOnce() {
        for (int i = 0; i < 100; i++) {
            executor.execute(taking(Duration.ofMillis(4)));
        }
        assertThat(rests).isEmpty();
    }

    @Test
    void longTaskIsFollowedByARestOfFourTimesItsLengthButNeverMoreThanAFifthOfASecond() {
        executor.execute(taking(Duration.ofMillis(20)));
        executor.execute(taking(Duration.ofMinutes(1)));

        assertThat(rests).containsExactly(Duration.ofMillis(80), Duration.ofMillis(200));
    }

    @Test
    void threadThatIsInterruptedKeepsItsInterrupt() {
        PacedExecutor stopped = new PacedExecutor(Runnable::run, () -> now, time -> {
            throw new InterruptedException();
        });
        stopped.execute(taking(Duration.ofSeconds(1)));

        assertThat(Thread.interrupted()).isTrue();
    }
}
