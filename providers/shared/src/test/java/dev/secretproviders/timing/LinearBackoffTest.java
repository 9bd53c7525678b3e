package dev.secretproviders.timing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinearBackoffTest {
    private final LinearBackoff backoff = new LinearBackoff(Duration.ofMillis(2), Duration.ofMillis(50));

    @ParameterizedTest
    @CsvSource({"1,2", "2,4", "10,20", "25,50", "26,50", "2147483647,50"})
    void pauseIsSpreadBelowACeilingThatGrowsByASteadyStep(int attempt, long ceilingMillis) {
        Random random = new Random(1);
        long ceiling = Duration.ofMillis(ceilingMillis).toNanos();
        long[] pauses = LongStream.generate(() -> backoff.nanos(attempt, random))
                .limit(1000)
                .toArray();
        assertThat(LongStream.of(pauses)).allMatch(pause -> pause >= 0 && pause < ceiling);
        assertThat(LongStream.of(pauses).min().orElseThrow()).isLessThan(ceiling / 10);
        assertThat(LongStream.of(pauses).max().orElseThrow()).isGreaterThan(ceiling * 9 / 10);
    }
}
