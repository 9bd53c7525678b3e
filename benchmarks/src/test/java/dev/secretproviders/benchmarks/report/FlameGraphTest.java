package dev.secretproviders.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FlameGraphTest {
    private static final String RUN = "java.lang.Thread.run";
    private static final String READ = "io.netty.channel.Channel.read";
    private static final String DECIDE = "dev.secretproviders.auth.key.KeyAuthenticator.decide";

    private final String svg = new FlameGraph(
                    "accepted & refused",
                    Map.of(List.of(RUN, READ, DECIDE), 3L, List.of(RUN, READ), 1L, List.of(RUN, "a.B.<init>"), 4L))
            .svg();

    @Test
    void eachMethodIsAsWideAsItsShare() {
        assertThat(svg)
                .contains("<title>" + RUN + ", 100.0 %</title><rect x=\"0.0\"")
                .contains("<title>" + READ + ", 50.0 %</title>")
                .contains("<title>" + DECIDE + ", 37.5 %</title>")
                .contains(">KeyAuthenticator.decide</text>");
    }

    @Test
    void callersLieBelowWhatTheyCall() {
        assertThat(top(RUN)).isGreaterThan(top(READ));
        assertThat(top(READ)).isGreaterThan(top(DECIDE));
    }

    @Test
    void namesAreEscaped() {
        assertThat(svg).contains("accepted &amp; refused", "a.B.&lt;init&gt;").doesNotContain("<init>");
    }

    private int top(String method) {
        String box = svg.substring(svg.indexOf("<title>" + method));
        int from = box.indexOf("y=\"") + 3;
        return Integer.parseInt(box.substring(from, box.indexOf('"', from)));
    }
}
