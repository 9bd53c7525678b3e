package dev.secretproviders.dashboard.session;

import dev.secretproviders.settings.Settings;
import java.time.Duration;

/**
 * The section {@code dashboard.session} of the configuration.
 *
 * @param idle how long a session lasts without a request
 * @param absolute how long a session lasts at most
 */
public record SessionSettings(Duration idle, Duration absolute) {
    private static final Duration IDLE = Duration.ofMinutes(30);
    private static final Duration ABSOLUTE = Duration.ofHours(12);
    private static final Duration SHORTEST = Duration.ofMinutes(1);
    private static final Duration LONGEST = Duration.ofDays(7);

    /** Reads the section. Problems are added to it. */
    public static SessionSettings read(Settings section) {
        Duration idle = limited(section, "idle", IDLE);
        Duration absolute = limited(section, "absolute", ABSOLUTE);
        if (idle.compareTo(absolute) > 0) {
            section.problem(
                    section.has("idle") ? "idle" : "absolute",
                    "the idle time must not be longer than the absolute time: a session would end before it is idle");
        }
        return new SessionSettings(idle, absolute);
    }

    private static Duration limited(Settings section, String name, Duration fallback) {
        Duration duration = section.duration(name, fallback);
        if (duration.compareTo(SHORTEST) < 0 || duration.compareTo(LONGEST) > 0) {
            section.problem(name, "expected 1m to 7d");
            return fallback;
        }
        return duration;
    }
}
