package dev.secretproviders.accesslog;

import dev.secretproviders.settings.Settings;
import java.time.Duration;

/**
 * The section {@code access-log} of the configuration.
 *
 * @param enabled whether this runner records
 * @param retention how long hours are kept; 0 means without limit
 * @param interval how often counts are written to the store; what is lost if the process is killed
 * @param entriesPerHour the maximum number of entries of one runner in an hour
 */
public record AccessLogSettings(boolean enabled, Duration retention, Duration interval, int entriesPerHour) {
    private static final Duration USUAL_RETENTION = Duration.ofDays(90);
    private static final Duration SHORTEST_RETENTION = Duration.ofDays(1);
    private static final Duration USUAL_INTERVAL = Duration.ofMinutes(5);
    private static final Duration SHORTEST_INTERVAL = Duration.ofSeconds(1);
    private static final Duration LONGEST_INTERVAL = Duration.ofHours(1);
    private static final int USUAL_ENTRIES = 5_000;
    private static final int MOST_ENTRIES = 50_000;

    /** Reads the section; problems go to {@code section}. */
    public static AccessLogSettings read(Settings section) {
        Duration retention = section.duration("retention", USUAL_RETENTION);
        if (!retention.isZero() && retention.compareTo(SHORTEST_RETENTION) < 0) {
            section.problem("retention", "expected at least 1d, or 0 to keep all hours");
        }
        Duration interval = section.duration("interval", USUAL_INTERVAL);
        if (interval.compareTo(SHORTEST_INTERVAL) < 0 || interval.compareTo(LONGEST_INTERVAL) > 0) {
            section.problem("interval", "expected 1s to 1h");
        }
        return new AccessLogSettings(
                section.flag("enabled", true),
                retention,
                interval,
                section.integer("entries-per-hour", USUAL_ENTRIES, 1, MOST_ENTRIES));
    }
}
