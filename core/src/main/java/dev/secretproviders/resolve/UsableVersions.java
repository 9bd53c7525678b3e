package dev.secretproviders.resolve;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.Scheduler;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * All usable versions, with their secrets. Listeners are notified when a version ends by itself, because its overlap is
 * over or it was not confirmed for too long. Thread-safe.
 */
final class UsableVersions {
    private final EngineLock lock;
    private final Engine.Clocks clocks;
    private final Listeners listeners;
    private final Cache<HeldVersion, SecretEntry> versions;

    /**
     * Creates the set of versions.
     *
     * @param telling runs the notifications, on a thread that does not hold the lock
     * @param timer reports the end of a version when it comes; without a timer, {@link #tidy} does
     */
    UsableVersions(
            EngineLock lock,
            Engine.Clocks clocks,
            Listeners listeners,
            Executor telling,
            @Nullable ScheduledExecutorService timer) {
        this.lock = lock;
        this.clocks = clocks;
        this.listeners = listeners;
        this.versions = Caffeine.newBuilder()
                .ticker(clocks.ticker())
                .executor(telling)
                .scheduler(timer == null ? Scheduler.disabledScheduler() : Scheduler.forScheduledExecutorService(timer))
                .expireAfter(Expiry.<HeldVersion, SecretEntry>writing(
                        (version, entry) -> Duration.ofNanos(version.usableFor(clocks.now()))))
                .removalListener(this::ended)
                .build();
    }

    /** Adds a version, or sets its new end; a version that may no longer be used is dropped. */
    void hold(HeldVersion version, SecretEntry entry) {
        if (version.usableAt(clocks.now())) {
            versions.put(version, entry);
        } else {
            versions.invalidate(version);
        }
    }

    /** Adds all versions of a secret. */
    void holdAll(SecretEntry entry) {
        entry.versions().forEach(version -> hold(version, entry));
    }

    /** Drops versions, without a notification. */
    void drop(Collection<HeldVersion> ended) {
        versions.invalidateAll(ended);
    }

    /** Drops the versions that have ended. */
    void tidy() {
        versions.cleanUp();
    }

    long count() {
        tidy();
        return versions.estimatedSize();
    }

    private void ended(@Nullable HeldVersion version, @Nullable SecretEntry entry, RemovalCause cause) {
        if (cause != RemovalCause.EXPIRED || entry == null) {
            return;
        }
        Set<SecretReference> references;
        try (var _ = lock.hold()) {
            entry.history().prune(clocks.now());
            references = entry.users().references();
        }
        listeners.tellChanged(references);
    }
}
