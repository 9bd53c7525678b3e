package dev.secretproviders.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.benchmarks.statistics.Spread;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class FigureTest {
    @TempDir
    Path directory;

    @Test
    void isOneObjectOfJsonInALineOfItsOwn() throws Exception {
        Path file = directory.resolve("figures.json");

        Figure.write(
                file,
                List.of(
                        new Figure("a \"row\"", "µs", new Spread(2.5, 2, 3, 4)),
                        new Figure("another", "bytes", new Spread(1, 1, 1, 1))));

        JsonNode figures = JsonMapper.shared().readTree(file);
        assertThat(figures).hasSize(2);
        assertThat(figures.get(0).toString())
                .isEqualTo(
                        "{\"name\":\"a \\\"row\\\"\",\"unit\":\"µs\",\"value\":2.5,\"spread\":[2.0,3.0],\"measurements\":4}");
        assertThat(Files.readAllLines(file)).hasSize(4);
    }

    @Test
    void aTableShowsThreeDigitsAndTheSpread() {
        String table = new MarkdownTable(List.of("row", "rate", "time"))
                .row("ours", List.of(new Spread(29_656.4, 29_000, 30_000, 5), new Spread(0.1234, 0.1234, 0.1234, 1)))
                .toString();

        assertThat(table).isEqualTo("""
                | row | rate | time |
                | --- | ---: | ---: |
                | ours | 29,656 ± 500 | 0.12 |
                """);
    }

    @Test
    void aTableHasACellForEachColumn() {
        assertThatThrownBy(() -> new MarkdownTable(List.of("row", "rate")).row(List.of("ours")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theLongestBarIsTheLargestValue() {
        String svg = new BarChart(
                        "CPU", "µs", List.of(new BarChart.Bar("a < b", 10, false), new BarChart.Bar("ours", 20, true)))
                .svg();

        assertThat(svg).contains("a &lt; b").contains("width=\"190.0\"").contains("width=\"380.0\"");
    }
}
