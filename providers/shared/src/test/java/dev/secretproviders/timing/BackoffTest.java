package dev.secretproviders.timing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackoffTest {
    private final Backoff backoff = new Backoff(Duration.ofMillis(250), Duration.ofSeconds(10));

    @ParameterizedTest
    @CsvSource({"1,250", "2,500", "3,1000", "6,8000", "7,10000", "50,10000", "2147483647,10000"})
    void pauseIsInTheUpperHalfOfADoublingCeilingAndSpread(int failures, long ceilingMillis) {
        Random random = new Random(1);
        long ceiling = Duration.ofMillis(ceilingMillis).toNanos();
        long[] pauses = LongStream.generate(() -> backoff.pause(failures, random))
                .limit(1000)
                .toArray();
        assertThat(LongStream.of(pauses)).allMatch(pause -> pause >= ceiling / 2 && pause <= ceiling);
        assertThat(backoff.ceiling(failures)).isEqualTo(Duration.ofNanos(ceiling));
        assertThat(LongStream.of(pauses).min().orElseThrow()).isLessThan(ceiling * 6 / 10);
        assertThat(LongStream.of(pauses).max().orElseThrow()).isGreaterThan(ceiling * 9 / 10);
    }
}
