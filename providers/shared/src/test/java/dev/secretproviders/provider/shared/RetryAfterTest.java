package dev.secretproviders.provider.shared;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RetryAfterTest {
    private static final Instant NOW = Instant.parse("2026-11-25T10:00:00Z");

    @Property
    void secondsAndDatesMeanTheSame(@ForAll @IntRange(min = 0) int seconds) {
        int atMostNineDigits = seconds % 1_000_000_000;
        String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(
                NOW.plusSeconds(atMostNineDigits).atOffset(ZoneOffset.UTC));

        assertThat(RetryAfter.parse(Integer.toString(atMostNineDigits), NOW))
                .isEqualTo(Duration.ofSeconds(atMostNineDigits))
                .isEqualTo(RetryAfter.parse(date, NOW));
    }

    @Test
    void dateInThePastMeansNow() {
        assertThat(RetryAfter.parse("Wed, 21 Oct 2015 07:28:00 GMT", NOW)).isEqualTo(Duration.ZERO);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", " ", "-1", "1.5", "soon", "99999999999999999999", "Wed, 99 Oct 2015 07:28:00 GMT"})
    void whatMeansNothingIsNotObeyed(@Nullable String header) {
        assertThat(RetryAfter.parse(header, NOW)).isNull();
    }
}
