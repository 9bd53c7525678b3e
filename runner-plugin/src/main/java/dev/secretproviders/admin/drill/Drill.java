package dev.secretproviders.admin.drill;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A rotation drill and its result. Holds no secret.
 *
 * @param id the drill's id
 * @param request the request for the drill
 * @param result null until the drill has ended
 */
record Drill(String id, Request request, @Nullable Result result) {
    /**
     * A request for a drill.
     *
     * @param provider the provider, as {@code manager/id}
     * @param reference the canary
     * @param refreshed whether the runner is notified of the rotation, as by a manager's event, or must notice it by
     *     itself
     * @param by the name of the caller
     */
    record Request(String provider, String reference, boolean refreshed, String by, Instant startedAt) {}

    /** The result of a drill. */
    sealed interface Result {}

    /**
     * The time was measured.
     *
     * @param took the time from the manager's confirmation of the write until the new value decided requests
     * @param previousAccepted whether the previous value was still accepted then, within its overlap
     */
    record Measured(Duration took, boolean previousAccepted) implements Result {}

    /** The drill failed without a measurement. */
    record Failed(String problem) implements Result {}

    String state() {
        return switch (result) {
            case null -> "running";
            case Measured _ -> "done";
            case Failed _ -> "failed";
        };
    }
}
