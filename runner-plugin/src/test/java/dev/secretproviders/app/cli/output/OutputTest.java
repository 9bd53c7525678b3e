package dev.secretproviders.app.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class OutputTest {
    @ParameterizedTest
    @ValueSource(strings = {"\\u001b[2J", "\\u009b2J", "\\u202e", "\\u2066", "\\u2028", "\\u200b", "\\n"})
    void textFromOutsideDoesNotDriveTheTerminal(String escape) {
        StringWriter out = new StringWriter();

        Output.TABLE.print(
                new PrintWriter(out),
                JsonMapper.shared().readTree("[{\"desc\": \"a%sb\"}]".formatted(escape)),
                List.of("desc"));

        assertThat(out.toString().lines().toList()).hasSize(2).last().asString().matches("a\\?(\\[?2J)?b");
    }
}
