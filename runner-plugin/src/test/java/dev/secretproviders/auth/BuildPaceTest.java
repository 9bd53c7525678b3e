package dev.secretproviders.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BuildPaceTest {
    private long now = -5;
    private final BuildPace pace = new BuildPace(() -> now);

    private Duration left() {
        return Duration.ofNanos(pace.left());
    }

    private void build(Duration takes) {
        pace.build(() -> now += takes.toNanos());
    }

    @Test
    void firstBuildMayBeginAtOnce() {
        assertThat(left()).isZero();
    }

    @Test
    void shortBuildsFollowEachOtherAtOnce() {
        for (int i = 0; i < 100; i++) {
            build(Duration.ofMillis(4));
            assertThat(left()).isZero();
        }
    }

    @Test
    void longBuildIsFollowedByARestOfFourTimesItsLengthButNeverMoreThanAFifthOfASecond() {
        build(Duration.ofMillis(20));
        assertThat(left()).isEqualTo(Duration.ofMillis(80));
        build(Duration.ofMinutes(1));
        assertThat(left()).isEqualTo(Duration.ofMillis(200));
        now += Duration.ofMillis(201).toNanos();
        assertThat(left()).isNegative();
    }
}
