package dev.secretproviders.timing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class JitterTest {
    @Test
    void momentIsInTheSecondHalfBothEndsIncluded() {
        Random random = new Random(1);
        long[] moments = LongStream.generate(() -> Jitter.inSecondHalf(Duration.ofNanos(8), random))
                .limit(1000)
                .distinct()
                .sorted()
                .toArray();
        assertThat(moments).containsExactly(4, 5, 6, 7, 8);
    }

    @Test
    void emptySpanHasOneMoment() {
        assertThat(Jitter.inSecondHalf(Duration.ZERO, new Random(1))).isZero();
    }
}
