package dev.secretproviders.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.resolve.ProviderStatus.Breaker;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class CircuitBreakerTest {
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000 * MILLI;
    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(10);

    private final CircuitBreaker breaker = new CircuitBreaker();
    private final Random random = new Random(7);

    @Test
    void oneFailureOpensItForAtMostAQuarterOfASecondAndOneAnswerClosesIt() {
        assertThat(breaker.state(0)).isEqualTo(Breaker.CLOSED);
        assertThat(breaker.allows(0, 7)).isTrue();

        breaker.failed(0, random, null);

        assertThat(breaker.state(124 * MILLI)).isEqualTo(Breaker.OPEN);
        assertThat(breaker.allows(124 * MILLI, 0)).isFalse();
        assertThat(breaker.state(250 * MILLI)).isEqualTo(Breaker.HALF_OPEN);
        assertThat(breaker.answered(251 * MILLI)).isTrue();
        assertThat(breaker.state(251 * MILLI)).isEqualTo(Breaker.CLOSED);
        assertThat(breaker.answered(252 * MILLI)).as("closed already").isFalse();
    }

    @Test
    void halfOpenLetsOneProbeAtATime() {
        breaker.failed(0, random, null);

        assertThat(breaker.allows(SECOND, 0)).isTrue();
        assertThat(breaker.allows(SECOND, 1)).isFalse();
    }

    @Test
    void callsThatFailTogetherCountOnce() {
        for (int i = 0; i < 100; i++) {
            breaker.failed(i, random, null);
        }
        assertThat(breaker.pausedUntil()).isLessThanOrEqualTo(250 * MILLI);
    }

    @Test
    void managerIsLeftAloneForAsLongAsItAskedAndNotMuchLonger() {
        breaker.failed(0, random, Duration.ofSeconds(30));

        assertThat(breaker.state(30 * SECOND)).isEqualTo(Breaker.OPEN);
        assertThat(breaker.state(30 * SECOND + 250 * MILLI)).isEqualTo(Breaker.HALF_OPEN);
    }

    @Test
    void answerToACallThatBeganBeforeDoesNotEndAPauseThatWasAskedFor() {
        breaker.failed(0, random, Duration.ofSeconds(30));

        assertThat(breaker.answered(SECOND)).isFalse();
        assertThat(breaker.state(29 * SECOND)).isEqualTo(Breaker.OPEN);
        assertThat(breaker.answered(31 * SECOND)).isTrue();
    }

    @Test
    void laterRequestToWaitLongerCountsEvenIfTheCallsBeganTogether() {
        breaker.failed(0, random, Duration.ofSeconds(1));
        breaker.failed(1, random, Duration.ofSeconds(20));
        breaker.failed(2, random, Duration.ofSeconds(2));

        assertThat(breaker.state(20 * SECOND)).isEqualTo(Breaker.OPEN);
        assertThat(breaker.state(21 * SECOND)).isEqualTo(Breaker.HALF_OPEN);
    }

    @Test
    void managerThatAsksForADayIsProbedAfterFiveMinutes() {
        breaker.failed(0, random, Duration.ofDays(1));

        assertThat(breaker.state(Duration.ofMinutes(5).toNanos() + 250 * MILLI)).isEqualTo(Breaker.HALF_OPEN);
    }

    /** What happens to a breaker, each so many milliseconds after the one before. */
    record Event(long after, boolean failure, @Nullable Duration retryAfter) {}

    @Provide
    Arbitrary<List<Event>> events() {
        Arbitrary<@Nullable Duration> pauses =
                Arbitraries.longs().between(-5, 900).map(Duration::ofSeconds).injectNull(0.6);
        return Combinators.combine(Arbitraries.longs().between(0, 400_000), Arbitraries.of(true, false), pauses)
                .as(Event::new)
                .list()
                .ofMaxSize(60);
    }

    @Property(tries = 500)
    void whateverHappensAProbeIsDueInTimeAndNeverEarly(
            @ForAll("events") List<Event> events, @ForAll long seed, @ForAll long start) {
        CircuitBreaker any = new CircuitBreaker();
        Random dice = new Random(seed);
        // Near overflow, as System.nanoTime may be.
        long now = start;
        long notBefore = now;
        for (Event event : events) {
            now += event.after() * MILLI;
            if (event.failure()) {
                any.failed(now, dice, event.retryAfter());
                if (event.retryAfter() != null && event.retryAfter().isPositive()) {
                    long asked = Math.min(event.retryAfter().toNanos(), CircuitBreaker.LONGEST_RETRY_AFTER.toNanos());
                    if (now + asked - notBefore > 0) {
                        notBefore = now + asked;
                    }
                }
                assertThat(any.state(now)).isEqualTo(Breaker.OPEN);
                long longest =
                        Math.max(LONGEST_BACKOFF.toNanos(), CircuitBreaker.LONGEST_RETRY_AFTER.toNanos() + SECOND);
                assertThat(any.state(now + longest)).isEqualTo(Breaker.HALF_OPEN);
            } else {
                boolean closed = any.answered(now);
                if (closed) {
                    assertThat(now - notBefore)
                            .as("not before the time asked for")
                            .isGreaterThanOrEqualTo(0);
                    assertThat(any.state(now)).isEqualTo(Breaker.CLOSED);
                }
            }
            if (now - notBefore < 0) {
                assertThat(any.allows(now, 0)).as("nothing goes out early").isFalse();
            }
        }
    }
}
