package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GrowthTest {
    private static final int SAMPLES = 120;

    @Test
    void aSlowLeakUnderNoiseIsSeen() {
        Random random = new Random(1);
        Growth leak = growth(minute -> 60 + 0.4 * minute + 2 * random.nextGaussian());
        assertThat(leak.grew()).as(leak.line()).isTrue();
        assertThat(leak.trend()).isBetween(2.5, 5.5);
    }

    @Test
    void noiseWavesAndOutliersAreNoGrowth() {
        Random random = new Random(2);
        assertThat(growth(_ -> 60 + 5 * random.nextGaussian()).grew()).isFalse();
        assertThat(growth(minute -> 60 + 10 * Math.sin(minute * 2)).grew()).isFalse();
        assertThat(growth(minute -> minute > 9.5 ? 600 : 60).grew()).isFalse();
        assertThat(growth(minute -> 60 - minute).grew()).isFalse();
    }

    @Test
    void aStepUpOrASwingThatEndsHighIsNotEnoughByItself() {
        assertThat(growth(minute -> minute > 8 ? 63 : 60).grew()).isFalse();
        assertThat(growth(minute -> minute < 0.5 ? 30 : 60).grew()).isFalse();
    }

    @Test
    void aDescriptorNowAndThenIsSeen() {
        assertThat(growth(minute -> 80 + Math.floor(minute)).grew()).isTrue();
    }

    @Test
    void tooFewSamplesAreRefused() {
        assertThatThrownBy(() -> Growth.of("few", List.of(1.0, 2.0), List.of(1.0, 2.0), 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** Ten minutes of a figure that may vary by two. */
    private static Growth growth(DoubleUnaryOperator figure) {
        List<Double> minutes =
                IntStream.range(0, SAMPLES).mapToObj(i -> i * 10.0 / SAMPLES).toList();
        List<Double> values = DoubleStream.of(
                        minutes.stream().mapToDouble(Double::doubleValue).toArray())
                .map(figure)
                .boxed()
                .toList();
        return Growth.of("figure", minutes, values, 2);
    }
}
