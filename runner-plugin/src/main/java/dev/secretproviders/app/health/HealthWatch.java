package dev.secretproviders.app.health;

import dev.secretproviders.auth.CredentialDirectory;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Reads health every few seconds, so that its {@code since} fields do not depend on how often clients ask. */
public final class HealthWatch implements AutoCloseable {
    private static final Duration EVERY = Duration.ofSeconds(5);

    private final ScheduledExecutorService looking = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("health-watch").factory());

    /** Begins to read the health of these components. */
    public HealthWatch(CredentialDirectory directory, RunnerHealth runnerHealth, ProvidersHealth providersHealth) {
        var _ = looking.scheduleWithFixedDelay(
                () -> {
                    var _ = runnerHealth.health();
                    if (directory.undecided() > 0) {
                        // Its other problems come with their own times, and reading every reference takes long.
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
