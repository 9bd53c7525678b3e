package dev.secretproviders.accesslog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AccessLogSettingsTest {
    private final Problems problems = new Problems();

    @Test
    void usualSettingsKeepNinetyDays() {
        assertThat(read(Map.of()))
                .isEqualTo(new AccessLogSettings(true, Duration.ofDays(90), Duration.ofMinutes(5), 5_000));
        assertThat(problems.lines()).isEmpty();
    }

    @Test
    void everySettingIsRead() {
        assertThat(read(Map.of("enabled", false, "retention", "0", "interval", "10s", "entries-per-hour", 20)))
                .isEqualTo(new AccessLogSettings(false, Duration.ZERO, Duration.ofSeconds(10), 20));
        assertThat(problems.lines()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "retention, 23h, expected at least 1d",
        "interval, 0s, expected 1s to 1h",
        "interval, 61m, expected 1s to 1h",
        "entries-per-hour, 0, expected",
        "entries-per-hour, 50001, expected",
    })
    void settingOutsideItsLimitsIsAProblem(String name, String value, String problem) {
        var _ = read(Map.of(name, value));
        assertThat(problems.lines()).singleElement().asString().contains("access-log." + name, problem);
    }

    private AccessLogSettings read(Map<String, ?> section) {
        return AccessLogSettings.read(
                Settings.root(Map.of("access-log", section), problems).section("access-log"));
    }
}
