package dev.secretproviders.admin.rotation;

import dev.secretproviders.admin.rotation.Rotation.Known;
import dev.secretproviders.admin.rotation.Rotation.Place;
import dev.secretproviders.resolve.HeldVersion;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolvedValue;
import dev.secretproviders.resolve.Resolver;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The overlaps that run on this runner: the previous versions that it still accepts. Thread-safe; reads memory only. */
final class Overlaps {
    private final Resolver resolver;

    /**
     * The versions of a secret with a running overlap.
     *
     * @param previous latest first, at least one
     */
    record Running(HeldVersion current, List<HeldVersion> previous) {}

    /**
     * A rotation, and the previous version that it left.
     *
     * @param version the version that is still accepted, or null if its overlap is over
     */
    record Row(Rotation rotation, @Nullable HeldVersion version) {}

    Overlaps(Resolver resolver) {
        this.resolver = resolver;
    }

    /** Returns the secrets with a previous version that is accepted now. */
    Map<Place, Running> running() {
        Map<Place, Running> running = new HashMap<>();
        for (Resolution resolution : resolver.overlaps()) {
            ResolvedValue current = resolution.current();
            String path = resolution.path();
            if (current != null && path != null && !resolution.previousValues().isEmpty()) {
                running.putIfAbsent(
                        Place.of(resolution.reference(), path),
                        new Running(
                                current.version(),
                                resolution.previousValues().stream()
                                        .map(ResolvedValue::version)
                                        .toList()));
            }
        }
        return running;
    }

    /** Returns the rotations with the versions that they left, and those whose overlap runs without a record. */
    List<Row> rows(List<Rotation> log, Map<Place, Running> running) {
        Map<Place, Set<HeldVersion>> left = new LinkedHashMap<>();
        running.forEach((place, overlap) -> left.put(place, new HashSet<>(overlap.previous())));
        List<Row> rows = new ArrayList<>();
        for (Rotation rotation : log) {
            Set<HeldVersion> unclaimed = left.getOrDefault(rotation.secret(), Set.of());
            HeldVersion version = unclaimed.stream()
                    .filter(held -> isFrom(rotation, held))
                    .findFirst()
                    .orElse(null);
            if (version != null) {
                unclaimed.remove(version);
            }
            rows.add(new Row(rotation, version));
        }
        running.forEach((place, overlap) -> {
            HeldVersion next = overlap.current();
            for (HeldVersion version : overlap.previous()) {
                if (Objects.requireNonNull(left.get(place)).contains(version)) {
                    rows.add(new Row(unrecorded(place, version, next), version));
                }
                next = version;
            }
        });
        return rows;
    }

    private static boolean isFrom(Rotation rotation, HeldVersion held) {
        String from = rotation.from();
        return from != null && (from.equals(held.id()) || from.equals(held.name()));
    }

    private static Rotation unrecorded(Place place, HeldVersion from, HeldVersion to) {
        Instant created = to.createdAt();
        return new Rotation(place, from.id(), to.id(), created == null ? to.fetchedAt() : created, Known.OVERLAP);
    }
}
