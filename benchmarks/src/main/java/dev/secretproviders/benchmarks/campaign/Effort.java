package dev.secretproviders.benchmarks.campaign;

import java.time.Duration;
import java.util.List;

/**
 * How much time to spend.
 *
 * @param forks how many times each server is restarted
 * @param rounds how many times each row is measured in a fork, all rows in turn
 * @param warmUp time under load before the first measurement
 * @param slice duration of one measurement
 * @param starts how many times each cold start is repeated
 * @param mostKeys the largest number of credentials
 * @param managedKeys the number of secrets in OpenBao, which are written one by one
 * @param micro options of JMH
 */
public record Effort(
        int forks,
        int rounds,
        Duration warmUp,
        Duration slice,
        int starts,
        int mostKeys,
        int managedKeys,
        List<String> micro) {
    /** Copies the list. */
    public Effort {
        micro = List.copyOf(micro);
    }

    /** Returns the effort for published figures. */
    public static final Effort WHOLE = new Effort(
            2,
            4,
            Duration.ofSeconds(15),
            Duration.ofMillis(1_500),
            5,
            1_000_000,
            2_000,
            List.of("-f", "1", "-wi", "3", "-w", "1s", "-i", "5", "-r", "1s"));

    /** Returns the effort for a quick check. */
    public static final Effort QUICK = new Effort(
            1,
            2,
            Duration.ofSeconds(2),
            Duration.ofMillis(500),
            2,
            100_000,
            1_000,
            List.of("-f", "1", "-wi", "1", "-w", "500ms", "-i", "2", "-r", "500ms", "-p", "credentials=10000"));
}
