package dev.secretproviders.benchmarks.restart;

import java.time.Duration;

/**
 * How much time to spend.
 *
 * @param load how long requests are sent in each measurement
 * @param kills how many times a runner is killed, idle and with all processors busy
 * @param starts how many times a runner is started in each way, idle and with all processors busy
 */
public record RestartEffort(Duration load, int kills, int starts) {
    /** Returns the effort for published figures. */
    public static final RestartEffort WHOLE = new RestartEffort(Duration.ofMinutes(1), 5, 5);

    /** Returns the effort for a quick check. */
    public static final RestartEffort QUICK = new RestartEffort(Duration.ofSeconds(12), 1, 1);
}
