package dev.secretproviders.benchmarks.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpreadTest {
    @Test
    void theMiddleOneAndTheQuartilesOfAnOddNumber() {
        assertThat(Spread.of(List.of(50.0, 10.0, 40.0, 20.0, 30.0))).isEqualTo(new Spread(30, 20, 40, 5));
    }

    @Test
    void betweenTheTwoInTheMiddleOfAnEvenNumber() {
        assertThat(Spread.of(List.of(4.0, 1.0, 3.0, 2.0))).isEqualTo(new Spread(2.5, 1.75, 3.25, 4));
    }

    @Test
    void anOutlierMovesNeitherMedianNorQuartiles() {
        assertThat(Spread.of(List.of(10.0, 20.0, 30.0, 40.0, 50_000.0))).isEqualTo(new Spread(30, 20, 40, 5));
    }

    @Test
    void oneMeasurementHasNoSpread() {
        assertThat(Spread.of(List.of(7.0)).half()).isZero();
    }

    @Test
    void differencesAreTakenByPairs() {
        assertThat(Spread.ofDifferences(List.of(5.0, 50.0, 7.0), List.of(4.0, 10.0, 4.0))
                        .median())
                .isEqualTo(3);
    }

    @Test
    void nothingMeasuredIsNoFigure() {
        assertThatThrownBy(() -> Spread.of(List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Spread.of(List.of(1.0, Double.NaN))).isInstanceOf(IllegalArgumentException.class);
    }
}
