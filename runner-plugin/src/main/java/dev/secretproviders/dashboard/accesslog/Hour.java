package dev.secretproviders.dashboard.accesslog;

import dev.secretproviders.dashboard.page.Item;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;

/**
 * The entries of one hour on a page.
 *
 * @param at the beginning of the hour
 */
record Hour(Instant at, List<Item> rows) {
    private static final DateTimeFormatter BEGIN =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm").withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter END =
            DateTimeFormatter.ofPattern("HH:mm 'UTC'").withZone(ZoneOffset.UTC);

    /** Puts entries that are in the order of their hours together. */
    static List<Hour> of(List<Item> rows) {
        List<Hour> hours = new ArrayList<>();
        for (Item row : rows) {
            Instant at = row.time("hour");
            if (at != null) {
                if (hours.isEmpty() || !hours.getLast().at().equals(at)) {
                    hours.add(new Hour(at, new ArrayList<>()));
                }
                hours.getLast().rows().add(row);
            }
        }
        return hours;
    }

    /** Returns the hour in words. */
    public String words() {
        return BEGIN.format(at) + " to " + END.format(at.plus(Duration.ofHours(1)));
    }
}
