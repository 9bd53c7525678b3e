package dev.secretproviders.admin.finding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FindingLimitsTest {
    private final Problems problems = new Problems();

    private FindingLimits read(Map<String, Object> section) {
        return FindingLimits.read(Settings.root(section, problems));
    }

    @Test
    void bothHaveDefaults() {
        assertThat(read(Map.of())).isEqualTo(new FindingLimits(Duration.ofDays(180), Duration.ofDays(14)));
        assertThat(problems.lines()).isEmpty();
    }

    @Test
    void bothAreDurations() {
        assertThat(read(Map.of("rotation-limit", "30d", "warn-before", "12h")))
                .isEqualTo(new FindingLimits(Duration.ofDays(30), Duration.ofHours(12)));
        assertThat(read(Map.of("warn-before", "0s")).warnBefore()).isZero();
        assertThat(problems.lines()).isEmpty();
    }

    @Test
    void anythingElseIsReported() {
        assertThat(read(Map.of("warn-before", "soon"))).isEqualTo(FindingLimits.DEFAULT);
        assertThat(problems.lines()).singleElement().asString().contains("warn-before", "7d");
    }
}
