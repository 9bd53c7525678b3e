package dev.secretproviders.benchmarks.campaign;

import java.time.Duration;
import java.util.List;

/**
 * How much time to spend.
 *
 * @param forks how many times each server is started anew
 * @param rounds how many times each row is measured in a fork, all rows in turn
 * @param warmUp load on a server before its first measurement
 * @param slice one measurement
 * @param starts how many times each cold start is repeated
 * @param mostKeys the largest number of credentials
 * @param managedKeys secrets in OpenBao, which are written one by one
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

    /** For figures. */
    public static final Effort WHOLE = new Effort(
            2,
            4,
            Duration.ofSeconds(15),
            Duration.ofMillis(1_500),
            5,
            1_000_000,
            2_000,
            List.of("-f", "1", "-wi", "3", "-w", "1s", "-i", "5", "-r", "1s"));

    /** To see that everything works. */
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
