package dev.secretproviders.auth.pace;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs a task after a delay. */
@FunctionalInterface
public interface Later {
    /** Runs tasks on the threads that all share. */
    Later SYSTEM = (task, delay) -> CompletableFuture.delayedExecutor(delay.toNanos(), TimeUnit.NANOSECONDS)
            .execute(task);

    /** Runs a task after a delay, once. */
    void run(Runnable task, Duration delay);
}
