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
 * Every version that may be used, with the secret it belongs to. When one ends by itself, because its overlap is over or it
 * could not be confirmed for too long, listeners are told. Thread-safe.
 */
final class UsableVersions {
    private final EngineLock lock;
    private final Engine.Clocks clocks;
    private final Listeners listeners;
    private final Cache<HeldVersion, SecretEntry> versions;

    /**
     * Creates it.
     *
     * @param telling where listeners are told: not on the thread that holds the lock
     * @param timer tells the end of a version when it comes; without one, {@link #tidy} does
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

    /** Notes a version, or its new end; one that may not be used any more is dropped. */
    void hold(HeldVersion version, SecretEntry entry) {
        if (version.usableAt(clocks.now())) {
            versions.put(version, entry);
        } else {
            versions.invalidate(version);
        }
    }

    /** Notes all versions of a secret. */
    void holdAll(SecretEntry entry) {
        entry.versions().forEach(version -> hold(version, entry));
    }

    /** Drops versions; nothing is told of that. */
    void drop(Collection<HeldVersion> ended) {
        versions.invalidateAll(ended);
    }

    /** Drops what has ended by now. */
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
            entry.prune(clocks.now());
            references = entry.references();
        }
        listeners.tellChanged(references);
    }
}
