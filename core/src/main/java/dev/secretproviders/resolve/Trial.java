package dev.secretproviders.resolve;

import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A provider that is being tried beside those in force. Nothing that it finds counts until it is installed.
 *
 * <p>Thread-safe.
 */
public final class Trial implements AutoCloseable {
    private final Resolver resolver;
    final ProviderLane lane;
    final Map<SecretReference, TrackedReference> tried = new HashMap<>();

    Trial(Resolver resolver, ProviderLane lane) {
        this.resolver = resolver;
        this.lane = lane;
    }

    /**
     * Waits until each reference has an answer, or an attempt at it failed.
     *
     * @return whether that was so before the time ran out
     */
    public boolean await(Duration limit) throws InterruptedException {
        long left = limit.toNanos();
        resolver.lock.lock();
        try {
            while (!settledNow()) {
                if (left <= 0 || resolver.closed) {
                    return false;
                }
                left = resolver.settled.awaitNanos(left);
            }
            return true;
        } finally {
            resolver.lock.unlock();
        }
    }

    private boolean settledNow() {
        long now = resolver.ticker.read();
        return tried.values().stream().allMatch(known -> known.wasTried(now));
    }

    /** Returns what each reference stands for through this provider. */
    public List<Resolution> resolutions() {
        resolver.lock.lock();
        try {
            long now = resolver.ticker.read();
            return tried.values().stream().map(known -> known.resolution(now)).toList();
        } finally {
            resolver.lock.unlock();
        }
    }

    /** Returns what the provider said so far. */
    public ProviderStatus status() {
        resolver.lock.lock();
        try {
            return lane.status(resolver.ticker.read());
        } finally {
            resolver.lock.unlock();
        }
    }

    /**
     * Puts the provider in force with all that it found. Where the one before it found another value at the same path,
     * that was a rotation: its value stays usable for the overlap. Where this one could not ask, what is known stays.
     */
    public void install() {
        List<Runnable> news = new ArrayList<>();
        ProviderId id = lane.provider.id();
        resolver.lock.lock();
        try {
            if (!resolver.trials.remove(this)) {
                throw new IllegalStateException("the trial is over");
            }
            long now = resolver.ticker.read();
            resolver.preloaded.forget(id);
            ProviderLane before = resolver.lanes.put(id, lane);
            resolver.tracked.replaceAll((reference, known) -> {
                if (!reference.provider().equals(id)) {
                    return known;
                }
                TrackedReference mine = tried.remove(reference);
                if (mine == null) {
                    mine = Resolver.track(reference, lane);
                    resolver.lookAtNextAddress(mine, now);
                }
                return mine;
            });
            tried.values().forEach(resolver::release);
            tried.clear();
            if (before != null) {
                lane.entries().forEach(entry -> succeed(entry, before, now, news));
                before.retire().forEach(entry -> resolver.usable.invalidateAll(entry.versions()));
                lane.entries().forEach(entry -> entry.versions().forEach(version -> resolver.hold(version, entry)));
            }
            resolver.generation.incrementAndGet();
            resolver.settled.signalAll();
        } finally {
            resolver.lock.unlock();
        }
        news.forEach(Runnable::run);
        resolver.tell(listener -> listener.changed(Set.of()));
        resolver.pump();
    }

    private void succeed(SecretEntry entry, ProviderLane before, long now, List<Runnable> news) {
        SecretEntry old = before.existing(entry.path);
        HeldVersion replaced = old == null ? null : entry.succeed(old, now);
        HeldVersion current = entry.current(now);
        if (replaced != null && current != null) {
            news.add(() -> resolver.tell(
                    listener -> listener.rotated(lane.provider.id(), entry.path.name(), replaced.id(), current.id())));
        }
    }

    /** Forgets what was found, unless the provider was installed. The provider is not closed. */
    @Override
    public void close() {
        resolver.lock.lock();
        try {
            if (resolver.trials.remove(this)) {
                tried.values().forEach(resolver::release);
                tried.clear();
            }
        } finally {
            resolver.lock.unlock();
        }
    }
}
