package dev.secretproviders.dashboard.overview;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.dashboard.page.Item;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.json.JsonMapper;

class LineChartTest {
    private static Item history(String reason, int... values) {
        return new Item(JsonMapper.shared()
                .readTree("{\"samples\": " + values.length + ", \"decisions\": {\"" + reason + "\": "
                        + Arrays.stream(values).boxed().toList() + "}}"));
    }

    @Test
    void sixSamplesOfTenSecondsAreOnePointAndTheNewestIsAtTheRight() {
        LineChart chart = LineChart.of(history("accepted", 7, 1, 1, 1, 1, 1, 1), true);

        assertThat(chart.lines()).singleElement().satisfies(line -> {
            assertThat(line.total()).isEqualTo(13);
            // The first minute is not complete: it has one sample.
            assertThat(line.points()).isEqualTo("983.1,60.0 1000.0,80.0");
        });
        assertThat(chart.top()).isEqualTo(10);
    }

    @Test
    void fiveMinutesOfHalfADayAreTheirMeanPerMinute() {
        LineChart chart = LineChart.of(history("accepted", 10, 20, 30, 40, 50), false);

        assertThat(chart.lines().getFirst().points()).isEqualTo("1000.0,80.0");
        assertThat(chart.top()).isEqualTo(50);
    }

    @Test
    void refusalsOfAllKindsAreOneLine() {
        LineChart chart = LineChart.of(history("invalid_key", 6, 6, 6, 6, 6, 6), true);

        assertThat(chart.lines()).extracting(LineChart.Line::name).containsExactly("Accepted", "Refused");
        assertThat(chart.words()).contains("accepted 0, refused 36");
    }

    @ParameterizedTest
    @EnumSource(Reason.class)
    void requestsOfEachReasonAreInOneLine(Reason reason) {
        LineChart chart = LineChart.of(history(reason.name().toLowerCase(Locale.ROOT), 3), true);

        assertThat(chart.lines()).extracting(LineChart.Line::total).containsOnlyOnce(3L);
    }

    @Test
    void longHistoryFillsThePicture() {
        LineChart chart =
                LineChart.of(history("accepted", IntStream.range(0, 360).toArray()), true);

        String points = chart.lines().getFirst().points();
        assertThat(points.split(" ", -1)).hasSize(60);
        assertThat(points).startsWith("0.0,");
        assertThat(Arrays.stream(points.split(" ", -1)).collect(Collectors.toSet()))
                .hasSize(60);
    }

    @Test
    void chartWithoutSamplesIsEmpty() {
        assertThat(LineChart.of(history("accepted"), true).empty()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"0, 10", "10, 10", "11, 20", "21, 50", "51, 100", "1200, 2000", "1999999, 2000000"})
    void upperEdgeIsARoundNumber(double most, long top) {
        assertThat(LineChart.roundedUp(most)).isEqualTo(top);
    }
}
