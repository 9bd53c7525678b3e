package dev.secretproviders.app.health;

import dev.secretproviders.auth.CredentialDirectory;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Looks at health every few seconds, so that its answer to "since when" does not depend on who asks how often. */
public final class HealthWatch implements AutoCloseable {
    private static final Duration EVERY = Duration.ofSeconds(5);

    private final ScheduledExecutorService looking = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("health-watch").factory());

    public HealthWatch(CredentialDirectory directory, RunnerHealth runnerHealth, ProvidersHealth providersHealth) {
        var _ = looking.scheduleWithFixedDelay(
                () -> {
                    var _ = runnerHealth.health();
                    if (directory.undecided() > 0) {
                        // All else that it says has a moment of its own, and looking at every reference takes its time.
                        var _ = providersHealth.health();
                    }
                },
                0,
                EVERY.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        looking.shutdownNow();
    }
}
