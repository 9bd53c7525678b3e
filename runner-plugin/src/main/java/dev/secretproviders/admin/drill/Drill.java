package dev.secretproviders.admin.drill;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A rotation drill and what came of it. Holds no secret.
 *
 * @param id its name
 * @param provider the provider that was drilled, as {@code manager/id}
 * @param reference the canary
 * @param refreshed whether the runner was told, as by a manager's event, or had to notice by itself
 * @param by who asked for it
 * @param took from the manager's word that the new value is written until requests were decided by it; null until then
 * @param previousAccepted whether the value before was accepted then, too, within its overlap; null until then
 * @param problem why there is no result, or null
 */
record Drill(
        String id,
        String provider,
        String reference,
        boolean refreshed,
        String by,
        Instant startedAt,
        @Nullable Duration took,
        @Nullable Boolean previousAccepted,
        @Nullable String problem) {

    Drill done(Duration after, boolean previous) {
        return new Drill(id, provider, reference, refreshed, by, startedAt, after, previous, null);
    }

    Drill failed(String why) {
        return new Drill(id, provider, reference, refreshed, by, startedAt, null, null, why);
    }

    String state() {
        if (problem != null) {
            return "failed";
        }
        return took == null ? "running" : "done";
    }
}
