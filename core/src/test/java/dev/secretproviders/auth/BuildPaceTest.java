package dev.secretproviders.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BuildPaceTest {
    private long now = -5;
    private long worked = 17;
    private final BuildPace pace = new BuildPace(() -> now, () -> worked);

    private Duration left() {
        return Duration.ofNanos(pace.left());
    }

    private void build(Duration takes) {
        build(takes, takes);
    }

    private void build(Duration takes, Duration work) {
        pace.build(() -> {
            now += takes.toNanos();
            worked += work.toNanos();
        });
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

    /** Otherwise a new credential would be refused for a fifth of a second after its consumer was created. */
    @Test
    void shortBuildThatWaitedLongForAProcessorIsFollowedByNoRest() {
        build(Duration.ofMillis(300), Duration.ofMillis(1));
        assertThat(left()).isZero();
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
