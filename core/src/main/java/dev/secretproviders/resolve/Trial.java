package dev.secretproviders.resolve;

import dev.secretproviders.resolve.TrackedReference.Owners;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A provider that is tried next to those in force. Its results have no effect until it is installed.
 *
 * <p>Thread-safe.
 */
public final class Trial implements AutoCloseable {
    private final Engine engine;
    private final FetchScheduler scheduler;
    private final ProviderLane lane;
    /** Guarded by the resolver's lock. */
    private final Map<SecretReference, TrackedReference> tried = new HashMap<>();

    /**
     * Begins to try a provider with the wanted references to it and additional ones. Called under the resolver's lock.
     */
    Trial(Engine engine, FetchScheduler scheduler, ProviderLane lane, Set<SecretReference> also) {
        this.engine = engine;
        this.scheduler = scheduler;
        this.lane = lane;
        engine.lanes().beginTrial(lane);
        engine.references().wantedOf(lane.provider.id()).forEach(known -> begin(known.reference(), known.owners()));
        also.forEach(reference -> begin(reference, new Owners()));
    }

    private void begin(SecretReference reference, Owners owners) {
        tried.computeIfAbsent(reference, absent -> engine.references().track(absent, owners, lane));
    }

    /**
     * Waits until each reference has an answer, or an attempt failed.
     *
     * @return false if the time ran out first
     */
    public boolean await(Duration limit) throws InterruptedException {
        return engine.lock().await(this::settled, limit);
    }

    private boolean settled() {
        long now = engine.clocks().now();
        return tried.values().stream().allMatch(known -> known.wasTried(now));
    }

    /** Returns the resolutions of the references through this provider. */
    public List<Resolution> resolutions() {
        try (var _ = engine.lock().hold()) {
            long now = engine.clocks().now();
            return tried.values().stream().map(known -> known.resolution(now)).toList();
        }
    }

    /** Returns the status of the provider so far. */
    public ProviderStatus status() {
        try (var _ = engine.lock().hold()) {
            return lane.status(engine.clocks().now());
        }
    }

    /**
     * Puts the provider in force with all its results. If the provider before it had another value at the same path,
     * that is a rotation: the old value stays usable for the overlap. Where this provider got no answer, the known
     * state stays.
     */
    public void install() {
        ProviderId id = lane.provider.id();
        Listeners.Pending news = engine.listeners().new Pending();
        try (var _ = engine.lock().hold()) {
            if (!engine.lanes().endTrial(lane)) {
                throw new IllegalStateException("the trial is over");
            }
            References references = engine.references();
            references.preloaded().forget(id);
            ProviderLane before = engine.lanes().install(lane);
            references.replaceWanted(id, known -> {
                TrackedReference mine = tried.remove(known.reference());
                return mine == null ? references.track(known.reference(), known.owners(), lane) : mine;
            });
            releaseTried();
            if (before != null) {
                succeed(before, news);
            }
            lane.entries().forEach(entry -> {
                entry.keepOnlyNeeded();
                entry.users().forEach(user -> references.meetNeeds(entry, user, lane));
            });
            engine.lock().signalProgress();
        }
        news.tell();
        engine.listeners().tellProvidersChanged();
        scheduler.pump();
    }

    private void succeed(ProviderLane before, Listeners.Pending news) {
        long now = engine.clocks().now();
        lane.entries().forEach(entry -> succeed(entry, before, now, news));
        Set<HeldVersion> kept = new HashSet<>();
        lane.entries().forEach(entry -> kept.addAll(entry.versions()));
        for (SecretEntry retired : before.retire()) {
            engine.usable().drop(retired.versions());
            retired.versions().stream()
                    .filter(version -> !kept.contains(version))
                    .forEach(version -> news.after(version::wipe));
        }
        lane.entries().forEach(engine.usable()::holdAll);
    }

    private void succeed(SecretEntry entry, ProviderLane before, long now, Listeners.Pending news) {
        SecretEntry old = before.existing(entry.path);
        HeldVersion replaced = old == null ? null : entry.succeed(old, now);
        HeldVersion current = entry.current(now);
        if (replaced != null && current != null) {
            String from = replaced.id();
            String to = current.id();
            news.add(listener -> listener.rotated(lane.provider.id(), entry.path.name(), from, to));
        }
    }

    private void releaseTried() {
        tried.values().forEach(engine.references()::release);
        tried.clear();
    }

    /** Drops the results, unless the provider was installed. The provider is not closed. */
    @Override
    public void close() {
        try (var _ = engine.lock().hold()) {
            if (engine.lanes().endTrial(lane)) {
                releaseTried();
            }
        }
    }
}
