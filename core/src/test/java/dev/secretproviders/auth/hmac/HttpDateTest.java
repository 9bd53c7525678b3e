package dev.secretproviders.auth.hmac;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Dates are read as nginx reads them. */
class HttpDateTest {
    private static final long FROM = 0;
    private static final long TO = 253_402_300_799L;
    /** Two digits of a year stand for 1970 to 2069. */
    private static final long TO_2069 = 3_155_759_999L;

    private static long seconds(String text) {
        byte[] bytes = ("xx" + text + "99").getBytes(StandardCharsets.ISO_8859_1);
        return HttpDate.seconds(bytes, 2, text.length());
    }

    private static String written(String pattern, long seconds) {
        return DateTimeFormatter.ofPattern(pattern, Locale.ROOT)
                .withZone(ZoneOffset.UTC)
                .format(Instant.ofEpochSecond(seconds));
    }

    @Property
    void dateOfRfc1123IsRead(@ForAll @LongRange(min = FROM, max = TO) long seconds) {
        assertThat(seconds(written("EEE, dd MMM yyyy HH:mm:ss 'GMT'", seconds))).isEqualTo(seconds);
    }

    @Property
    void dateOfRfc850IsRead(@ForAll @LongRange(min = FROM, max = TO_2069) long seconds) {
        assertThat(seconds(written("EEEE, dd-MMM-yy HH:mm:ss 'GMT'", seconds))).isEqualTo(seconds);
    }

    @Property
    void dateOfAsctimeIsRead(@ForAll @LongRange(min = FROM, max = TO) long seconds) {
        assertThat(seconds(written("EEE MMM ppd HH:mm:ss yyyy", seconds))).isEqualTo(seconds);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                ",",
                "yesterday",
                "Sun, 29 Nov 2026",
                "Sun, 29 Nov 2026 12:00",
                "Sun, 29 Nov 2026 24:00:00 GMT",
                "Sun, 29 Nov 2026 12:60:00 GMT",
                "Sun, 29 Nov 2026 12:00:60 GMT",
                "Sun, 32 Nov 2026 12:00:00 GMT",
                "Sun, 31 Nov 2026 12:00:00 GMT",
                "Sun, 29 Feb 2026 12:00:00 GMT",
                "Sun, 29 Xyz 2026 12:00:00 GMT",
                "Sun, 9 Nov 2026 12:00:00 GMT ",
                "Sun, 29/Nov/2026 12:00:00 GMT",
                "Sun, 29 Nov 26 12:00:00 GMT   ",
                "Sun Nov 29 12:00:00",
                "2026-11-29T12:00:00Z",
                "1796040000",
                "Sun, 2\u00b2 Nov 2026 12:00:00 GMT"
            })
    void textThatIsNoDateIsNone(String text) {
        assertThat(seconds(text)).isEqualTo(HttpDate.NONE);
    }

    @Test
    void leapDayIsRead() {
        assertThat(seconds("Thu, 29 Feb 2024 00:00:00 GMT"))
                .isEqualTo(Instant.parse("2024-02-29T00:00:00Z").getEpochSecond());
    }

    @Property(tries = 20_000)
    void anyTextIsReadWithoutAnError(@ForAll String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        long whole = HttpDate.seconds(bytes, 0, bytes.length);
        assertThat(whole == HttpDate.NONE || Math.abs(whole) < TO * 2).isTrue();
    }
}
