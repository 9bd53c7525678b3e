package dev.secretproviders.dashboard.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.dashboard.DashboardSettings;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The section {@code dashboard} of the configuration. */
class SessionSettingsTest {
    private final Problems problems = new Problems();

    private DashboardSettings read(Map<String, ?> section) {
        Settings root = Settings.root(Map.of("dashboard", section), problems);
        DashboardSettings read = DashboardSettings.read(root.section("dashboard"), Map.of());
        root.finish();
        return read;
    }

    private List<String> wrong(Map<String, ?> section) {
        DashboardSettings _ = read(section);
        return problems.lines();
    }

    @Test
    void defaultsHoldWithoutTheSection() {
        DashboardSettings read = read(Map.of());
        assertThat(read.enabled()).isTrue();
        assertThat(read.session()).isEqualTo(new SessionSettings(Duration.ofMinutes(30), Duration.ofHours(12)));
        assertThat(problems.lines()).isEmpty();
    }

    @Test
    void valuesAreRead() {
        DashboardSettings read = read(Map.of("enabled", "false", "session", Map.of("idle", "5m", "absolute", "1h")));
        assertThat(read.enabled()).isFalse();
        assertThat(read.session()).isEqualTo(new SessionSettings(Duration.ofMinutes(5), Duration.ofHours(1)));
        assertThat(problems.lines()).isEmpty();
    }

    @Test
    void wrongValuesAreReportedWithTheirFieldAndRemedy() {
        assertThat(wrong(Map.of("session", Map.of("idle", "soon", "absolute", "8d"), "enabled", "perhaps")))
                .anySatisfy(line -> assertThat(line).contains("dashboard.session.idle", "expected a duration"))
                .anySatisfy(line -> assertThat(line).contains("dashboard.session.absolute", "expected 1m to 7d"))
                .anySatisfy(line -> assertThat(line).contains("dashboard.enabled", "expected true or false"));
    }

    @Test
    void zeroIsNoTime() {
        assertThat(wrong(Map.of("session", Map.of("idle", "0"))))
                .singleElement()
                .asString()
                .contains("1m to 7d");
    }

    @Test
    void idleTimeIsNotLongerThanTheAbsoluteOne() {
        assertThat(wrong(Map.of("session", Map.of("idle", "2h", "absolute", "1h"))))
                .singleElement()
                .asString()
                .contains("dashboard.session.idle", "must not be longer");
    }

    @Test
    void unknownNameGetsASuggestion() {
        assertThat(wrong(Map.of("sesion", Map.of("idle", "5m"))))
                .singleElement()
                .asString()
                .contains("dashboard.sesion", "session");
    }
}
