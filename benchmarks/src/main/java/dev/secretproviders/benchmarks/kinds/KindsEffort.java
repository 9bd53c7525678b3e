package dev.secretproviders.benchmarks.kinds;

import dev.secretproviders.benchmarks.campaign.Effort;
import java.time.Duration;
import java.util.List;

/**
 * How much time to spend.
 *
 * @param campaign for requests whose credentials are sent again and again
 * @param rounds how many times new tokens are measured, all rows in turn
 * @param tokens how many new tokens are sent in one measurement; each is signed beforehand
 * @param wrongTokens how many tokens with a wrong signature are sent before, which takes the same and needs no signing. The
 *     launcher has the JVM compile a method in full only after 100,000 calls
 * @param rotations how many times a certificate is rotated, with and without a call to refresh
 */
public record KindsEffort(Effort campaign, int rounds, int tokens, int wrongTokens, int rotations) {
    /** Returns the effort for published figures. */
    public static final KindsEffort WHOLE = new KindsEffort(
            new Effort(2, 8, Duration.ofSeconds(30), Duration.ofMillis(1_500), 0, 0, 0, List.of()),
            10,
            3_000,
            120_000,
            20);

    /** Returns the effort for a quick check. */
    public static final KindsEffort QUICK = new KindsEffort(
            new Effort(1, 2, Duration.ofSeconds(4), Duration.ofMillis(500), 0, 0, 0, List.of()), 2, 500, 2_000, 2);
}
