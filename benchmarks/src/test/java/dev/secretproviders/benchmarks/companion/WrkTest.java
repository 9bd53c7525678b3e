package dev.secretproviders.benchmarks.companion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The output of wrk 4 is parsed. */
class WrkTest {
    private static final String SAID = """
            Running 2s test @ http://127.0.0.1:9080/bench/table
              1 threads and 32 connections
              Thread Stats   Avg      Stdev     Max   +/- Stdev
                Latency   655.04us  119.50us   2.22ms   76.71%
                Req/Sec    48.60k     2.34k   52.87k    66.67%
              Latency Distribution
                 50%  648.00us
                 75%  700.00us
                 90%  785.00us
                 99%    1.05ms
              101524 requests in 2.10s, 17.33MB read
            Requests/sec:  48348.82
            Transfer/sec:      8.25MB
            """;

    @Test
    void rateAndLatencyAreRead() throws IOException {
        assertThat(Wrk.parse(SAID)).isEqualTo(new Wrk.Result(48_348.82, 101_524, 0, 648, 1_050));
    }

    @Test
    void refusalsAreCounted() throws IOException {
        assertThat(Wrk.parse(SAID + "  Non-2xx or 3xx responses: 12\n").others())
                .isEqualTo(12);
    }

    @Test
    void aScriptThatCountsForItselfIsBelieved() throws IOException {
        assertThat(Wrk.parse(SAID + "  Non-2xx or 3xx responses: 101524\nUnexpected: 3\n")
                        .others())
                .isEqualTo(3);
    }

    @Test
    void somethingElseIsAnError() {
        assertThatThrownBy(() -> Wrk.parse("unable to connect")).isInstanceOf(IOException.class);
    }
}
