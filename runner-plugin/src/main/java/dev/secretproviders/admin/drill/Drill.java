package dev.secretproviders.admin.drill;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A rotation drill and what came of it. Holds no secret.
 *
 * @param id its name
 * @param order what was asked for
 * @param result null until it ended
 */
record Drill(String id, Order order, @Nullable Result result) {
    /**
     * What is drilled.
     *
     * @param provider the provider, as {@code manager/id}
     * @param reference the canary
     * @param refreshed whether the runner was told, as by a manager's event, or had to notice by itself
     * @param by who asked for it
     */
    record Order(String provider, String reference, boolean refreshed, String by, Instant startedAt) {}

    /** What came of it. */
    sealed interface Result {}

    /**
     * It was measured.
     *
     * @param took from the manager's word that the new value is written until requests were decided by it
     * @param previousAccepted whether the value before was accepted then, too, within its overlap
     */
    record Measured(Duration took, boolean previousAccepted) implements Result {}

    /** There is no measurement, for this reason. */
    record Failed(String problem) implements Result {}

    String state() {
        return switch (result) {
            case null -> "running";
            case Measured _ -> "done";
            case Failed _ -> "failed";
        };
    }
}
