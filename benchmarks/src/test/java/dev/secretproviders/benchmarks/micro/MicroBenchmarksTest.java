package dev.secretproviders.benchmarks.micro;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.benchmarks.statistics.Spread;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class MicroBenchmarksTest {
    @Test
    void takesEveryMeasurementOfEveryFork() {
        MicroBenchmarks.Measured measured =
                MicroBenchmarks.measured(JsonMapper.shared().readTree("""
                {"benchmark": "dev.secretproviders.auth.IndexBenchmark.rebuild", "params": {"credentials": "10000"},
                 "primaryMetric": {"score": 3.0, "scoreUnit": "ms/op", "rawData": [[1.0, 2.0], [3.0, 4.0, 5.0]]}}
                """));

        assertThat(measured)
                .isEqualTo(new MicroBenchmarks.Measured(
                        "IndexBenchmark.rebuild, 10000 credentials", "ms/op", new Spread(3, 2, 4, 5)));
    }
}
