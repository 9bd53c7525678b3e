package dev.secretproviders.resolve;

import dev.secretproviders.resolve.DueQueue.Urgency;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretReference;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** Makes secrets due before their time: an operator or the manager says that they changed. Thread-safe. */
final class Refreshes {
    private final Engine engine;
    private final FetchScheduler scheduler;

    Refreshes(Engine engine, FetchScheduler scheduler) {
        this.engine = engine;
        this.scheduler = scheduler;
    }

    /** Fetches secrets of a provider in force; all of them if {@code paths} is empty. */
    void of(ProviderId id, List<SecretPath> paths) {
        ProviderLane lane;
        try (var _ = engine.lock().hold()) {
            lane = engine.lanes().get(id);
        }
        if (lane != null) {
            of(lane, paths);
        }
    }

    /** Fetches secrets of a provider, which may be on trial. */
    void of(ProviderLane lane, List<SecretPath> paths) {
        try (var _ = engine.lock().hold()) {
            long now = engine.clocks().now();
            if (paths.isEmpty()) {
                lane.entries().forEach(entry -> lane.makeDue(entry, now, Urgency.ELEVATED));
            }
            for (SecretPath path : paths) {
                SecretEntry entry = lane.existing(path);
                if (entry != null) {
                    lane.makeDue(entry, now, Urgency.REQUESTED);
                }
            }
        }
        scheduler.pump();
    }

    /** Fetches the secret of a wanted reference. Returns whether the reference is wanted. */
    boolean of(SecretReference reference) {
        try (var _ = engine.lock().hold()) {
            TrackedReference known = engine.references().wanted(reference);
            if (known == null) {
                return false;
            }
            ProviderLane lane = known.lane();
            if (lane != null) {
                long now = engine.clocks().now();
                known.entries().forEach(entry -> lane.makeDue(entry, now, Urgency.REQUESTED));
            }
        }
        scheduler.pump();
        return true;
    }

    /** Fetches the secrets of a provider with matching names, and returns these names. */
    Set<String> matching(ProviderId id, Predicate<String> name) {
        List<SecretPath> paths = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>();
        try (var _ = engine.lock().hold()) {
            for (SecretEntry entry : engine.lanes().entries(id, name)) {
                paths.add(entry.path);
                names.add(entry.path.name());
            }
        }
        if (!paths.isEmpty()) {
            of(id, paths);
        }
        return names;
    }
}
