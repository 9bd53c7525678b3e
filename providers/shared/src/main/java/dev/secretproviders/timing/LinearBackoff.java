package dev.secretproviders.timing;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;

/**
 * Linear back-off with full jitter, for writers that conflict with each other: after attempt n the pause is a random time below
 * {@code step * n}, at most {@code longest}. The jitter keeps the writers from meeting again.
 */
public record LinearBackoff(Duration step, Duration longest) {

    /** Waits after attempt number {@code attempt} (at least 1). An interrupted thread does not wait, and stays interrupted. */
    public void pause(int attempt) {
        LockSupport.parkNanos(nanos(attempt, ThreadLocalRandom.current()));
    }

    long nanos(int attempt, RandomGenerator random) {
        return random.nextLong(Math.min(longest.toNanos(), attempt * step.toNanos()));
    }
}
