package dev.secretproviders.admin.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FirstRowsTest {
    private record Row(int value, int place) {}

    private static final Comparator<Row> BY_VALUE = Comparator.comparingInt(Row::value);

    @Test
    void firstRowsAreThoseOfTheWholeOrderAndRowsWithEqualValuesKeepTheirs() {
        Random random = new Random(1);
        for (int size : List.of(0, 1, 9, 100, 1_000)) {
            List<Row> rows = IntStream.range(0, size)
                    .mapToObj(place -> new Row(random.nextInt(size / 4 + 1), place))
                    .toList();
            List<Row> sorted = rows.stream().sorted(BY_VALUE).toList();
            for (int most : List.of(1, 10, 50, 499, 500, 501, 2_000)) {
                assertThat(FirstRows.of(rows, BY_VALUE, most))
                        .as("%s of %s", most, size)
                        .isEqualTo(sorted.subList(0, Math.min(most, size)));
            }
        }
    }
}
