package dev.secretproviders.dashboard.accesslog;

import jakarta.servlet.http.HttpServletRequest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The span of time that a page shows: the hours up to now, or one day in UTC.
 *
 * @param id the value of the parameter {@code span}
 * @param day the day, or null for a span up to now
 * @param from the beginning of the first hour
 * @param to the end, exclusive
 */
record Span(Choice id, @Nullable LocalDate day, Instant from, Instant to) {
    private static final DateTimeFormatter UTC =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm").withZone(ZoneOffset.UTC);

    /** The spans up to now that a page offers. */
    enum Choice {
        DAY("24h", "Last 24 hours", 24),
        WEEK("7d", "Last 7 days", 24 * 7),
        MONTH("30d", "Last 30 days", 24 * 30),
        QUARTER("90d", "Last 90 days", 24 * 90);

        private final String value;
        private final String title;
        private final int hours;

        Choice(String value, String title, int hours) {
            this.value = value;
            this.title = title;
            this.hours = hours;
        }

        public String value() {
            return value;
        }

        public String title() {
            return title;
        }
    }

    /** Reads the parameters {@code span} and {@code day}. What is not understood is the last 24 hours. */
    static Span of(HttpServletRequest request, Instant now) {
        LocalDate day = day(request.getParameter("day"));
        if (day != null) {
            Instant from = day.atStartOfDay(ZoneOffset.UTC).toInstant();
            return new Span(Choice.DAY, day, from, from.plus(Duration.ofDays(1)));
        }
        Choice choice = Arrays.stream(Choice.values())
                .filter(one -> one.value.equals(request.getParameter("span")))
                .findFirst()
                .orElse(Choice.DAY);
        Instant end = now.truncatedTo(ChronoUnit.HOURS).plus(Duration.ofHours(1));
        return new Span(choice, null, end.minus(Duration.ofHours(choice.hours)), end);
    }

    private static @Nullable LocalDate day(@Nullable String text) {
        try {
            LocalDate day = text == null || text.isBlank() ? null : LocalDate.parse(text.strip());
            return day == null || day.getYear() < 1 || day.getYear() > 9998 ? null : day;
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** Returns the parameters of the Admin API for this span. */
    Map<String, String> query() {
        return Map.of("from", from.toString(), "to", to.toString());
    }

    /** Returns the parameters of a page for this span. */
    Map<String, String> parameters() {
        return day == null ? Map.of("span", id.value) : Map.of("day", day.toString());
    }

    /** Returns the day as a form writes it, or an empty text. */
    public String dayText() {
        return day == null ? "" : day.toString();
    }

    /** Returns the value of the chosen span; empty for a day. */
    public String value() {
        return day == null ? id.value : "";
    }

    /** Returns its beginning in UTC. */
    public String fromText() {
        return UTC.format(from) + " UTC";
    }

    /** Returns its end in UTC. */
    public String toText() {
        return UTC.format(to) + " UTC";
    }

    /** Returns the span in words. */
    public String words() {
        return day == null ? id.title : day + " in UTC";
    }

    /** Returns the number of hours. */
    int hours() {
        return (int) Duration.between(from, to).toHours();
    }

    /** Returns the spans to choose from. */
    static List<Choice> choices() {
        return List.of(Choice.values());
    }
}
