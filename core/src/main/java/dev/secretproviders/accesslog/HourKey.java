package dev.secretproviders.accesslog;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * Names the counts of one runner in one hour. Keys of the store are ordered by hour first.
 *
 * @param hour the beginning of the hour in UTC
 * @param runner the runner's name
 */
record HourKey(Instant hour, String runner) {
    static final String PREFIX = "access/";
    /** After all keys. */
    static final String END = "access0";

    private static final int HOUR_LENGTH = "2026-11-29T07".length();
    private static final Instant FIRST = Instant.parse("0000-01-01T00:00:00Z");
    private static final Instant LAST = Instant.parse("9999-12-31T23:00:00Z");

    /** Returns the hour that contains a time from year 0 to 9999; the nearest one for other times. */
    static Instant hourOf(Instant time) {
        Instant hour = time.truncatedTo(ChronoUnit.HOURS);
        return hour.isBefore(FIRST) ? FIRST : hour.isAfter(LAST) ? LAST : hour;
    }

    /** Returns the beginning of the keys of an hour, which is less than all of them. */
    static String beginning(Instant hour) {
        return PREFIX + hour.toString().substring(0, HOUR_LENGTH);
    }

    /** Returns the key in the store. */
    String key() {
        return beginning(hour) + "/" + runner;
    }

    /** Returns the key of the hour of an entry. */
    static String key(AccessEntry entry) {
        return new HourKey(entry.hour(), entry.runner()).key();
    }

    /** Reads a key, or returns null if it is none. */
    static @Nullable HourKey read(String key) {
        int slash = PREFIX.length() + HOUR_LENGTH;
        if (!key.startsWith(PREFIX) || key.length() <= slash + 1 || key.charAt(slash) != '/') {
            return null;
        }
        try {
            Instant hour = Instant.parse(key.substring(PREFIX.length(), slash) + ":00:00Z");
            return new HourKey(hour, key.substring(slash + 1));
        } catch (DateTimeException e) {
            return null;
        }
    }
}
