package dev.secretproviders.dashboard.secret;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** The end of a version in a form: a date and time in UTC, as browsers send them. */
final class End {
    private End() {}

    /**
     * Puts what a form sent into the body of a call. Nothing for an empty text. A text that is no time is passed on, so that the Admin
     * API says what is wrong.
     */
    static void put(ObjectNode body, String text) {
        String end = text.strip();
        if (!end.isEmpty()) {
            body.put("expires_at", time(end));
        }
    }

    private static String time(String text) {
        try {
            return LocalDateTime.parse(text).toInstant(ZoneOffset.UTC).toString();
        } catch (DateTimeParseException e) {
            return text;
        }
    }

    /** Returns a time as the input takes it, empty for none. */
    static String input(@Nullable Instant at) {
        return at == null
                ? ""
                : LocalDateTime.ofInstant(at, ZoneOffset.UTC)
                        .truncatedTo(ChronoUnit.MINUTES)
                        .toString();
    }
}
