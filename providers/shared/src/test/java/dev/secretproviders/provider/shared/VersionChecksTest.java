package dev.secretproviders.provider.shared;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A manager that refused to tell versions is not asked that again for a while. */
class VersionChecksTest {
    /** Below zero, as {@link System#nanoTime} may be. */
    private long nanos = Duration.ofDays(-365).toNanos();

    private final VersionChecks checks = new VersionChecks(() -> nanos);

    @Test
    void refusalCountsForItsTime() {
        assertThat(checks.allowed()).isTrue();
        checks.refused();
        assertThat(checks.allowed()).isFalse();
        nanos += VersionChecks.PAUSE.toNanos() - 1;
        assertThat(checks.allowed()).isFalse();
        nanos++;
        assertThat(checks.allowed()).isTrue();
        checks.refused();
        assertThat(checks.allowed()).isFalse();
    }
}
