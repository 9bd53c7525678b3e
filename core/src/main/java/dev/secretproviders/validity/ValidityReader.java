package dev.secretproviders.validity;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a validity from texts by name. */
final class ValidityReader {
    static final String NOT_BEFORE = "not_before";
    static final String EXPIRES_AT = "expires_at";
    static final String DISABLED = "disabled";

    /** Milliseconds since 1970 have thirteen digits; as seconds they would never end. */
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,12}");

    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

    private final String place;
    private final boolean quoted;

    /** A text that cannot be read. */
    private static final class UnreadableException extends Exception {
        private static final long serialVersionUID = 1L;

        UnreadableException(String message) {
            super(message);
        }
    }

    private ValidityReader(String place, boolean quoted) {
        this.place = place;
        this.quoted = quoted;
    }

    /**
     * Reads a validity.
     *
     * @param place what goes before a name in a problem
     * @param quoted whether a problem may hold the text
     */
    static Validity read(String place, boolean quoted, Function<String, @Nullable String> texts) {
        String from = texts.apply(NOT_BEFORE);
        String until = texts.apply(EXPIRES_AT);
        String off = texts.apply(DISABLED);
        if (from == null && until == null && off == null) {
            return Validity.UNLIMITED;
        }
        ValidityReader reader = new ValidityReader(place, quoted);
        try {
            long notBefore = from == null ? Long.MIN_VALUE : reader.time(NOT_BEFORE, from);
            long expiresAt = until == null ? Long.MAX_VALUE : reader.time(EXPIRES_AT, until);
            if (notBefore >= expiresAt) {
                throw new UnreadableException(place + NOT_BEFORE + " is not before " + EXPIRES_AT
                        + "; write an earlier " + NOT_BEFORE + " or a later " + EXPIRES_AT);
            }
            return new Validity(notBefore, expiresAt, off != null && reader.flag(off), null);
        } catch (UnreadableException e) {
            return Validity.unreadable(String.valueOf(e.getMessage()));
        }
    }

    private long time(String name, String text) throws UnreadableException {
        try {
            Instant time = SECONDS.matcher(text).matches()
                    ? Instant.ofEpochSecond(Long.parseLong(text))
                    : OffsetDateTime.parse(text).toInstant();
            if (time.isBefore(Instant.EPOCH) || time.isAfter(LATEST)) {
                throw problem(name, text, "is out of range; write a time from 1970 to 9999");
            }
            return time.toEpochMilli();
        } catch (DateTimeException e) {
            throw problem(name, text, "is not a time; write one like 2027-01-31T12:00:00Z, or seconds since 1970");
        }
    }

    private boolean flag(String text) throws UnreadableException {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw problem(DISABLED, text, "is neither true nor false; write one of them");
        };
    }

    private UnreadableException problem(String name, String text, String what) {
        return new UnreadableException(place + name + (quoted ? " ('" + text + "') " : " ") + what);
    }
}
