package dev.secretproviders.admin.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.admin.history.Figures.Span;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.resolve.ResolverListener.FetchOutcome;
import dev.secretproviders.spi.ProviderId;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FiguresTest {
    private static final ProviderId VAULT = new ProviderId("vault", "prod");
    private static final int A_MINUTE = 6;

    private DecisionTotals totals = DecisionTotals.NONE;
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final Figures figures = new Figures(() -> totals, () -> now);

    @AfterEach
    void close() {
        figures.close();
    }

    private void sample(int times) {
        for (int i = 0; i < times; i++) {
            now = now.plusSeconds(10);
            figures.sample();
        }
    }

    private void decide(Reason reason, long count) {
        totals = new DecisionTotals(Map.of(reason, count), 0, 0, 0);
    }

    @Test
    void sampleHoldsWhatWasDecidedSinceTheOneBefore() {
        decide(Reason.ACCEPTED, 5);
        sample(1);
        decide(Reason.ACCEPTED, 7);
        sample(2);

        assertThat(figures.history(Span.HOUR).figure(Figures.place(Reason.ACCEPTED)))
                .containsExactly(5, 2, 0);
        assertThat(figures.history(Span.HALF_DAY).figure(Figures.place(Reason.ACCEPTED)))
                .isEmpty();
        assertThat(figures.lastMinute()).containsExactly(Map.entry(Reason.ACCEPTED, 7L));
    }

    @Test
    void minuteIsTheSumOfItsSamples() {
        decide(Reason.MISSING_KEY, 3);
        sample(1);
        decide(Reason.MISSING_KEY, 10);
        sample(A_MINUTE - 1);

        assertThat(figures.history(Span.HALF_DAY).figure(Figures.place(Reason.MISSING_KEY)))
                .containsExactly(10);
        assertThat(figures.history(Span.HALF_DAY).to()).isEqualTo("2026-01-01T00:01:00Z");
    }

    @Test
    void oldestSamplesMakeRoom() {
        for (int i = 1; i <= 400; i++) {
            decide(Reason.ACCEPTED, (long) i * (i + 1) / 2);
            sample(1);
        }

        int[] accepted = figures.history(Span.HOUR).figure(Figures.place(Reason.ACCEPTED));
        assertThat(accepted).hasSize(360);
        assertThat(accepted[0]).isEqualTo(41);
        assertThat(accepted[359]).isEqualTo(400);
    }

    @Test
    void verdictsAreCountedApart() {
        totals = new DecisionTotals(Map.of(), 3, 2, 1);
        sample(1);

        assertThat(figures.history(Span.HOUR).figure(Figures.ACCEPTED)).containsExactly(3);
        assertThat(figures.history(Span.HOUR).figure(Figures.REFUSED)).containsExactly(2);
        assertThat(figures.history(Span.HOUR).figure(Figures.UNAVAILABLE)).containsExactly(1);
    }

    @Test
    void providerHasCallsFailuresRotationsAndLatencyByMinute() {
        figures.asked(VAULT, Duration.ofMillis(2));
        figures.asked(VAULT, Duration.ofMillis(6));
        figures.fetched(VAULT, "jack", FetchOutcome.FOUND, null);
        figures.fetched(VAULT, "rose", FetchOutcome.MISSING, null);
        figures.fetched(VAULT, "mary", FetchOutcome.TIMEOUT, null);
        figures.rotated(VAULT, "jack", "1", "2");
        sample(A_MINUTE);

        var history = Objects.requireNonNull(figures.history(VAULT));
        assertThat(history.figure(ProviderFigures.CALLS)).containsExactly(2);
        assertThat(history.figure(ProviderFigures.FETCHES)).containsExactly(3);
        assertThat(history.figure(ProviderFigures.FAILURES)).containsExactly(1);
        assertThat(history.figure(ProviderFigures.ROTATIONS)).containsExactly(1);
        assertThat(history.figure(ProviderFigures.MEAN)).containsExactly(4_000);
        assertThat(history.figure(ProviderFigures.LONGEST)).containsExactly(6_000);
        assertThat(figures.history(Span.HALF_DAY).figure(Figures.FAILURES)).containsExactly(1);
    }

    @Test
    void providerWithoutCallsForHoursIsForgotten() {
        figures.asked(VAULT, Duration.ofMillis(2));
        sample(A_MINUTE * Figures.PROVIDER_SAMPLES);
        assertThat(figures.providers()).containsExactly(VAULT);

        sample(A_MINUTE);

        assertThat(figures.providers()).isEmpty();
        assertThat(figures.history(VAULT)).isNull();
    }

    @Test
    void furtherProvidersCountForTheRunnerOnly() {
        for (int i = 0; i <= Figures.MOST_PROVIDERS; i++) {
            figures.asked(new ProviderId("vault", "v" + i), Duration.ofMillis(1));
        }
        sample(1);

        assertThat(figures.providers()).hasSize(Figures.MOST_PROVIDERS);
        assertThat(figures.history(Span.HOUR).figure(Figures.CALLS)).containsExactly(Figures.MOST_PROVIDERS + 1);
    }
}
