package dev.secretproviders.resolve;

import dev.secretproviders.resolve.value.KnownSecret;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The providers that are called: those in force and those on trial. Tells which of them have a call to make, so that a
 * provider takes no time while nothing of it is due. Guarded by the resolver's lock.
 */
final class Lanes {
    /** The turn of a lane that has no call to make until it changes. */
    static final long NEVER = Long.MAX_VALUE;

    private final Map<ProviderId, ProviderLane> inForce = new LinkedHashMap<>();
    private final Set<ProviderLane> tried = new LinkedHashSet<>();
    private final AtomicLong generation = new AtomicLong();

    /** Lanes that changed since {@link #due} returned them. */
    private final Set<ProviderLane> changed = new LinkedHashSet<>();
    /** The turns of lanes. A turn that was replaced stays until it comes. */
    private final PriorityQueue<Turn> turns = new PriorityQueue<>();
    /** The valid turn of each lane that has one. */
    private final Map<ProviderLane, Turn> turnOf = new HashMap<>();

    /** The time at which a lane may have a call to make. */
    private record Turn(long at, ProviderLane lane) implements Comparable<Turn> {
        @Override
        public int compareTo(Turn other) {
            return Long.signum(at - other.at);
        }
    }

    /** Adds a provider that is in force from the start. */
    void add(ProviderLane lane) {
        inForce.put(lane.provider.id(), lane);
    }

    /** Notes that a lane may have a call to make now, or earlier than before. */
    void changed(ProviderLane lane) {
        changed.add(lane);
    }

    /** Returns the lanes that may have a call to make: those that changed, and those whose turn has come. */
    List<ProviderLane> due(long now) {
        for (Turn first = firstTurn(); first != null && first.at - now <= 0; first = firstTurn()) {
            turns.remove();
            turnOf.remove(first.lane);
            changed.add(first.lane);
        }
        List<ProviderLane> due = changed.stream()
                .filter(lane -> isInForce(lane) || tried.contains(lane))
                .toList();
        changed.clear();
        return due;
    }

    /** Sets when a lane has a call to make if it does not change, or {@link #NEVER}. */
    void turn(ProviderLane lane, long at) {
        Turn next = new Turn(at, lane);
        if (at == NEVER) {
            turnOf.remove(lane);
        } else if (!next.equals(turnOf.put(lane, next))) {
            turns.add(next);
        }
    }

    /** Returns when the next lane has its turn, or {@link #NEVER}. */
    long nextTurn() {
        Turn first = firstTurn();
        return first == null ? NEVER : first.at;
    }

    private @Nullable Turn firstTurn() {
        Turn first = turns.peek();
        while (first != null && !first.equals(turnOf.get(first.lane))) {
            turns.remove();
            first = turns.peek();
        }
        return first;
    }

    /** Returns the lane of a provider, or null if the provider is not in force. */
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

    /** Returns the lanes of all providers, including those on trial. */
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

    /** Returns the versions in memory of the secret of this name. */
    HeldVersion.OfSecret held(ProviderId id, String name, long now) {
        HeldVersion current = null;
        List<HeldVersion> previous = List.of();
        List<HeldVersion> pinned = new ArrayList<>();
        Set<SecretReference> references = new LinkedHashSet<>();
        for (SecretEntry entry : entries(id, name::equals)) {
            references.addAll(entry.users().references());
            HeldVersion held = entry.current(now);
            if (entry.path.equals(SecretPath.current(name))) {
                current = held;
                previous = entry.previous(now);
            } else if (held != null) {
                pinned.add(held);
            }
        }
        return new HeldVersion.OfSecret(current, previous, pinned, references);
    }

    /** Returns the known current versions of the secret of this name: one, unless references pin others. */
    Set<String> currentVersions(ProviderId id, String name, long now) {
        return entries(id, name::equals).stream()
                .filter(entry -> entry.path.followsRotation())
                .map(entry -> entry.current(now))
                .filter(Objects::nonNull)
                .map(HeldVersion::id)
                .collect(Collectors.toSet());
    }

    /** Returns what is known of the secrets of each provider in force, now or from an earlier process. */
    Map<ProviderId, List<KnownSecret>> known(Preloaded earlier, long now) {
        Map<ProviderId, List<KnownSecret>> known = new LinkedHashMap<>();
        inForce.forEach((id, lane) -> {
            List<KnownSecret> secrets = lane.entries().stream()
                    .map(entry -> entry.known(now))
                    .filter(Objects::nonNull)
                    .toList();
            known.put(id, earlier.with(id, secrets, lane::waitsForAnswer, now));
        });
        return known;
    }

    void beginTrial(ProviderLane lane) {
        tried.add(lane);
    }

    /** Ends the trial of a lane. Returns whether the lane was on trial. */
    boolean endTrial(ProviderLane lane) {
        boolean was = tried.remove(lane);
        if (was) {
            forget(lane);
        }
        return was;
    }

    /** Forgets the turn of a lane that is not called any more. */
    private void forget(ProviderLane lane) {
        changed.remove(lane);
        if (turnOf.remove(lane) != null) {
            turns.removeIf(turn -> turn.lane == lane);
        }
    }

    /** Puts a lane in force. Returns the one that it replaces, or null. */
    @Nullable
    ProviderLane install(ProviderLane lane) {
        generation.incrementAndGet();
        ProviderLane before = inForce.put(lane.provider.id(), lane);
        if (before != null) {
            forget(before);
        }
        changed.add(lane);
        return before;
    }

    /** Takes a provider out of force. Returns whether it was in force. */
    boolean remove(ProviderId id) {
        ProviderLane removed = inForce.remove(id);
        if (removed == null) {
            return false;
        }
        forget(removed);
        generation.incrementAndGet();
        return true;
    }

    /** Returns a number that grows with each change of the providers in force. Needs no lock. */
    long generation() {
        return generation.get();
    }
}
