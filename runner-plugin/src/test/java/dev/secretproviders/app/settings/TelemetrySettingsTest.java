package dev.secretproviders.app.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The sections {@code tracing} and {@code audit.otlp}. */
class TelemetrySettingsTest {
    private static final String TOKEN = "Bearer the-token-of-the-collector";

    private final Problems problems = new Problems();

    @Test
    void tracingIsOffUnlessThereIsACollector() {
        assertThat(read(Map.of())).isNull();
        assertThat(problems.lines()).isEmpty();
    }

    @Test
    void everyFieldIsRead() {
        TracingSettings settings = Objects.requireNonNull(read(Map.of(
                "tracing",
                Map.of(
                        "sample-ratio",
                        "0.25",
                        "otlp",
                        Map.of(
                                "endpoint",
                                "https://collector.example:4318/",
                                "timeout",
                                "3s",
                                "headers",
                                Map.of("Authorization", "$env://TOKEN", "X-Tenant", "gateways"))))));

        assertThat(problems.lines()).isEmpty();
        assertThat(settings.sampleRatio()).isEqualTo(0.25);
        assertThat(settings.otlp().endpoint()).hasToString("https://collector.example:4318");
        assertThat(Objects.requireNonNull(settings.otlp().headers().get("Authorization"))
                        .reveal())
                .isEqualTo(TOKEN);
        assertThat(settings.toString()).doesNotContain(TOKEN);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        http://collector:4318             | expected https: over http, others could read who changed what
        https://collector:4318/v1/traces  | expected an address without /v1/..., such as https://collector.example:4318
        ''                                | is required
        """)
    void endpointIsASecureAddress(String endpoint, String problem) {
        read(Map.of("tracing", Map.of("otlp", Map.of("endpoint", endpoint))));

        assertThat(problems.lines()).containsExactly("tracing.otlp.endpoint: " + problem);
    }

    @Test
    void mistakesAreNamed() {
        read(Map.of("tracing", Map.of("sample-ratio", "2")));
        read(Map.of(
                "tracing",
                Map.of(
                        "ratio",
                        "1",
                        "otlp",
                        Map.of("endpoint", "https://c", "timeout", "1m", "headers", Map.of("X-Key", "two\nlines")))));

        assertThat(problems.lines())
                .anyMatch(line ->
                        line.equals("tracing.otlp.endpoint: is required, for example https://collector.example:4318"))
                .anyMatch(line ->
                        line.equals("tracing.sample-ratio: expected a number above 0 and at most 1, such as 0.1"))
                .anyMatch(line -> line.startsWith("tracing.ratio: is not a known field"))
                .anyMatch(line -> line.equals("tracing.otlp.timeout: expected at most 30s"))
                .anyMatch(line -> line.equals(
                        "tracing.otlp.headers.X-Key: expected the name of a header, and a value of one line"))
                .noneMatch(line -> line.contains("two"));
    }

    private @Nullable TracingSettings read(Map<String, ?> tree) {
        Settings root = Settings.root(tree, problems);
        TracingSettings settings = TracingSettings.read(root, Map.of("TOKEN", TOKEN));
        root.finish();
        return settings;
    }
}
