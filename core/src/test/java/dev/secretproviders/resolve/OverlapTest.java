package dev.secretproviders.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.resolve.value.HeldValues;
import dev.secretproviders.resolve.value.KnownSecret;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** When a replaced version ends. */
class OverlapTest {
    private static final Instant CLOCK = Instant.parse("2026-11-28T12:00:00Z");
    private static final long NOW = -5;
    private static final Overlap TWO_MINUTES = new Overlap(Duration.ofMinutes(2));

    private static HeldVersion endingAfter(Duration rest) {
        KnownSecret.Version known = new KnownSecret.Version("1", null, CLOCK, rest, new HeldValues(Map.of()));
        return HeldVersion.of(known, Map.of(), CLOCK, NOW + rest.toNanos());
    }

    private static long after(Duration rest) {
        return NOW + rest.toNanos();
    }

    @Test
    void versionEndsWithTheOverlap() {
        HeldVersion replaced = endingAfter(Duration.ofMinutes(10));
        TWO_MINUTES.end(replaced, NOW);
        assertThat(replaced.usableUntil()).isEqualTo(after(Duration.ofMinutes(2)));
    }

    @Test
    void versionThatWouldHaveEndedBeforeEndsThen() {
        HeldVersion replaced = endingAfter(Duration.ofSeconds(30));
        TWO_MINUTES.end(replaced, NOW);
        assertThat(replaced.usableUntil()).isEqualTo(after(Duration.ofSeconds(30)));
    }

    @Test
    void noOverlapKeepsNothing() {
        assertThat(new Overlap(Duration.ZERO).exists()).isFalse();
        assertThat(TWO_MINUTES.exists()).isTrue();
    }

    @Test
    void handOverIsOpenForTheOverlapAfterTheManagerMadeTheVersion() {
        assertThat(TWO_MINUTES.isOpen(CLOCK.minusSeconds(119), CLOCK)).isTrue();
        assertThat(TWO_MINUTES.isOpen(CLOCK.minusSeconds(120), CLOCK)).isFalse();
        assertThat(TWO_MINUTES.isOpen(null, CLOCK)).isFalse();
    }

    @Test
    void versionFromBeforeOurTimeEndsWithTheOverlapSinceItWasReplaced() {
        assertThat(TWO_MINUTES.endOfEarlier(CLOCK.minusSeconds(90), CLOCK, NOW))
                .isEqualTo(after(Duration.ofSeconds(30)));
        assertThat(TWO_MINUTES.endOfEarlier(null, CLOCK, NOW)).isEqualTo(after(Duration.ofMinutes(2)));
    }

    @Test
    void clockOfAManagerThatIsAheadDoesNotMakeTheOverlapLonger() {
        assertThat(TWO_MINUTES.endOfEarlier(CLOCK.plusSeconds(3600), CLOCK, NOW))
                .isEqualTo(after(Duration.ofMinutes(2)));
    }

    @Test
    void overlapThatWasMadeShorterHoldsForWhatAnEarlierProcessKnew() {
        assertThat(TWO_MINUTES.endOfRestored(Duration.ofMinutes(5), NOW)).isEqualTo(after(Duration.ofMinutes(2)));
        assertThat(TWO_MINUTES.endOfRestored(Duration.ofSeconds(7), NOW)).isEqualTo(after(Duration.ofSeconds(7)));
    }
}
