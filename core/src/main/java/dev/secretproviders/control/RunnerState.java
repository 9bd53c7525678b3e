package dev.secretproviders.control;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a runner says of itself: figures that show an operator whether it works. Immutable; holds no secret.
 *
 * @param consumers how many consumers it knows
 * @param keys how many keys it accepts now
 * @param unresolved how many credentials it could not resolve yet
 * @param source the source of its consumers
 * @param sourceHeardAt when that source last answered, or null if it never did
 * @param sourceProblem why that source does not answer, or null if it does
 * @param followers how many companions follow its events
 * @param eventProblem why it serves no events, or null if it does
 * @param lastKnownGoodAge seconds since it last wrote last-known-good, or -1 if it has not written it
 * @param lastKnownGoodProblem why it cannot write last-known-good, or null if it can
 */
public record RunnerState(
        int consumers,
        int keys,
        int unresolved,
        String source,
        @Nullable Instant sourceHeardAt,
        @Nullable String sourceProblem,
        long followers,
        @Nullable String eventProblem,
        double lastKnownGoodAge,
        @Nullable String lastKnownGoodProblem) {}
