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
 * What keeps a component of health from being UP: each thing with how many it concerns, some of them, and since when. It is as old as the
 * first look that saw it. Thread-safe.
 */
public final class Shortcomings {
    /** As health calls a component that serves less than it should. */
    public static final String DEGRADED = "DEGRADED";

    /** So many of what one concerns are named; there may be a hundred thousand. */
    private static final int NAMED = 10;

    private final InstantSource clock;
    private Map<String, Instant> began = Map.of();

    Shortcomings(InstantSource clock) {
        this.clock = clock;
    }

    /** Those that one look found, in order. */
    static final class Found {
        private final Map<String, List<String>> concerned = new LinkedHashMap<>();
        private final Map<String, Instant> since = new HashMap<>();

        /** Adds one; does nothing if it concerns nothing. */
        Found add(String what, List<String> which) {
            if (!which.isEmpty()) {
                concerned.put(what, which);
            }
            return this;
        }

        /** Adds one of which is known since when it is so. */
        Found add(String what, List<String> which, Instant began) {
            since.put(what, began);
            return add(what, which);
        }

        boolean isEmpty() {
            return concerned.isEmpty();
        }
    }

    /** Adds what was found to a component's details, and returns the details. */
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

    /** Returns the first of a list, and how many more there are. */
    static List<String> some(List<String> all) {
        if (all.size() <= NAMED) {
            return List.copyOf(all);
        }
        List<String> some = new ArrayList<>(all.subList(0, NAMED));
        some.add("and " + (all.size() - NAMED) + " more");
        return some;
    }
}
