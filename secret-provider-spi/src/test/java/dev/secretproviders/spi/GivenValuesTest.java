package dev.secretproviders.spi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.spi.testkit.GivenValues;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GivenValuesTest {
    private static final Field URI_FIELD =
            Field.of("uri", FieldType.URI, "").required().build();
    private static final Field WAIT =
            Field.of("wait", FieldType.DURATION, "").fallback("30s").build();
    private static final Field SIZE =
            Field.of("size", FieldType.INTEGER, "").range(1, 9).fallback(5).build();
    private static final Field FILE = Field.of("file", FieldType.FILE, "").build();
    private static final Field NAMES = Field.of("names", FieldType.TEXTS, "").build();
    private static final Field TLS = Field.section("tls", "", URI_FIELD, FILE).build();

    @Test
    void valuesAreThoseThatWereGiven() {
        GivenValues values = GivenValues.of(Map.of(
                "uri",
                "https://host:1/",
                "wait",
                "2d",
                "size",
                7,
                "names",
                List.of("a", "b"),
                "tls",
                Map.of("file", "x")));

        assertThat(values.httpUri(URI_FIELD)).isEqualTo(URI.create("https://host:1"));
        assertThat(values.duration(WAIT)).isEqualTo(Duration.ofDays(2));
        assertThat(values.integer(SIZE)).isEqualTo(7);
        assertThat(values.texts(NAMES)).containsExactly("a", "b");
        assertThat(values.has(TLS)).isTrue();
        assertThat(values.section(TLS).optionalText(FILE)).isEqualTo("x");
        assertThat(values.problems()).isEmpty();
    }

    @Test
    void absentValuesAreTheDefaults() {
        GivenValues values = GivenValues.of(Map.of());

        assertThat(values.duration(WAIT)).isEqualTo(Duration.ofSeconds(30));
        assertThat(values.integer(SIZE)).isEqualTo(5);
        assertThat(values.texts(NAMES)).isEmpty();
        assertThat(values.has(TLS)).isFalse();
        assertThat(values.optionalText(FILE)).isNull();
        assertThat(GivenValues.of(Map.of("wait", "250ms")).duration(WAIT)).isEqualTo(Duration.ofMillis(250));
    }

    @Test
    void problemsNameTheirFields(@TempDir Path directory) {
        Path absent = directory.resolve("absent");
        GivenValues values = GivenValues.of(Map.of("tls", Map.of("file", absent.toString())));

        assertThat(values.httpUri(URI_FIELD)).isNull();
        assertThat(values.section(TLS).readableFile(FILE)).isNull();

        assertThat(values.problems())
                .containsExactly("uri: is required", "tls.file: there is no readable file '" + absent + "'");
    }
}
