package dev.secretproviders.app.health;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.boot.health.contributor.Health;

/**
 * The problems that keep a health component from being UP. Each has a count, some of the objects that it concerns, and
 * the time when it was first seen. Thread-safe.
 */
public final class Shortcomings {
    /** The status of a component that works only in part. */
    public static final String DEGRADED = "DEGRADED";

    /** The most objects to name for each problem. There may be a hundred thousand. */
    private static final int NAMED = 10;

    private final InstantSource clock;
    private Map<String, Instant> began = Map.of();

    Shortcomings(InstantSource clock) {
        this.clock = clock;
    }

    /** The problems of one reading, in order. */
    static final class Found {
        private final Map<String, List<String>> concerned = new LinkedHashMap<>();
        private final Map<String, Instant> since = new HashMap<>();

        /** Adds a problem, unless it concerns no object. */
        Found add(String what, List<String> which) {
            if (!which.isEmpty()) {
                concerned.put(what, which);
            }
            return this;
        }

        /** Adds a problem whose beginning is known. */
        Found add(String what, List<String> which, Instant began) {
            since.put(what, began);
            return add(what, which);
        }

        boolean isEmpty() {
            return concerned.isEmpty();
        }
    }

    /** Adds the problems to a component's details, and returns the details. */
    Health.Builder show(Found found, Health.Builder health) {
        List<Map<String, Object>> shown = new ArrayList<>();
        synchronized (this) {
            Map<String, Instant> now = new HashMap<>();
            found.concerned.forEach((what, which) -> {
                Instant since = found.since.get(what);
                if (since == null) {
                    since = began.getOrDefault(what, clock.instant());
                }
                now.put(what, since);
                Map<String, Object> one = new LinkedHashMap<>();
                one.put("what", what);
                one.put("since", since.truncatedTo(ChronoUnit.MILLIS).toString());
                one.put("count", which.size());
                one.put("which", some(which));
                shown.add(one);
            });
            began = now;
        }
        return shown.isEmpty() ? health : health.withDetail("degraded", shown);
    }

    /** Returns the first entries of a list, and the number of the others. */
    static List<String> some(List<String> all) {
        if (all.size() <= NAMED) {
            return List.copyOf(all);
        }
        List<String> some = new ArrayList<>(all.subList(0, NAMED));
        some.add("and " + (all.size() - NAMED) + " more");
        return some;
    }
}
