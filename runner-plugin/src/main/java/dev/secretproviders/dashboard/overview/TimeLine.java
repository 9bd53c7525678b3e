package dev.secretproviders.dashboard.overview;

import dev.secretproviders.dashboard.page.Item;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The rotations of the last day as dots on a line. Immutable.
 *
 * @param dots the rotations, latest first
 */
public record TimeLine(List<Dot> dots) {
    private static final Duration SPAN = Duration.ofDays(1);

    /**
     * One rotation.
     *
     * @param place the distance from the left edge, such as {@code 97.5%}
     * @param running whether its overlap still runs
     */
    public record Dot(String place, boolean running, String name, Instant at) {}

    static TimeLine of(List<Item> rotations, Instant now) {
        List<Dot> dots = new ArrayList<>();
        for (Item rotation : rotations) {
            Instant at = rotation.time("at");
            if (at != null && at.isAfter(now.minus(SPAN))) {
                double left = Duration.between(at, now).toMillis() * 100.0 / SPAN.toMillis();
                // Room for the whole dot at both edges.
                double place = 99 - Math.clamp(left, 0, 100) * 0.98;
                dots.add(new Dot(
                        String.format(Locale.ROOT, "%.2f%%", place),
                        rotation.has("overlap"),
                        rotation.text("provider") + "/" + rotation.text("path"),
                        at));
            }
        }
        return new TimeLine(List.copyOf(dots));
    }
}
