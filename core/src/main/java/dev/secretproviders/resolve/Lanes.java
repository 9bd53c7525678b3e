package dev.secretproviders.resolve;

import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretReference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The providers that are asked: those in force, and those that are on trial. Guarded by the resolver's lock. */
final class Lanes {
    private final Map<ProviderId, ProviderLane> inForce = new LinkedHashMap<>();
    private final Set<ProviderLane> tried = new LinkedHashSet<>();
    private final AtomicLong generation = new AtomicLong();

    /** Adds a provider that is in force from the start. */
    void add(ProviderLane lane) {
        inForce.put(lane.provider.id(), lane);
    }

    /** Returns the lane of a provider in force, or null if it is not. */
    @Nullable
    ProviderLane get(ProviderId id) {
        return inForce.get(id);
    }

    boolean isInForce(ProviderLane lane) {
        return inForce.get(lane.provider.id()) == lane;
    }

    void forEachInForce(BiConsumer<ProviderId, ProviderLane> action) {
        inForce.forEach(action);
    }

    /** Returns the lanes of all providers, those that are tried included. */
    List<ProviderLane> all() {
        List<ProviderLane> all = new ArrayList<>(inForce.values());
        all.addAll(tried);
        return all;
    }

    /** Returns the secrets of a provider in force whose names match. */
    List<SecretEntry> entries(ProviderId id, Predicate<String> name) {
        ProviderLane lane = inForce.get(id);
        return lane == null
                ? List.of()
                : lane.entries().stream()
                        .filter(entry -> name.test(entry.path.name()))
                        .toList();
    }

    /** Returns what is held of the secret of this name. */
    Resolver.Held held(ProviderId id, String name, long now) {
        HeldVersion current = null;
        List<HeldVersion> previous = List.of();
        List<HeldVersion> pinned = new ArrayList<>();
        Set<SecretReference> references = new LinkedHashSet<>();
        for (SecretEntry entry : entries(id, name::equals)) {
            references.addAll(entry.references());
            HeldVersion held = entry.current(now);
            if (entry.path.equals(SecretPath.current(name))) {
                current = held;
                previous = entry.previous(now);
            } else if (held != null) {
                pinned.add(held);
            }
        }
        return new Resolver.Held(current, previous, pinned, references);
    }

    void beginTrial(ProviderLane lane) {
        tried.add(lane);
    }

    /** Returns whether the lane was tried until now. */
    boolean endTrial(ProviderLane lane) {
        return tried.remove(lane);
    }

    /** Puts a lane in force. Returns the one that it replaces, or null. */
    @Nullable
    ProviderLane install(ProviderLane lane) {
        generation.incrementAndGet();
        return inForce.put(lane.provider.id(), lane);
    }

    /** Takes a provider out of force. Returns whether it was in force. */
    boolean remove(ProviderId id) {
        boolean removed = inForce.remove(id) != null;
        if (removed) {
            generation.incrementAndGet();
        }
        return removed;
    }

    /** Returns a number that grows with each change of what is in force. Needs no lock. */
    long generation() {
        return generation.get();
    }
}
