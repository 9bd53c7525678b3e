package dev.secretproviders.resolve;

import dev.secretproviders.resolve.value.HeldValue;
import dev.secretproviders.resolve.value.KnownSecret;
import dev.secretproviders.resolve.value.Part;
import dev.secretproviders.resolve.value.Use;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The current version of one secret, and earlier ones within their overlap. Guarded by the resolver's lock. */
final class VersionHistory {
    /** The most previous versions. More rotations within one overlap drop the oldest versions. */
    private static final int MOST_PREVIOUS = 16;

    private final Overlap overlap;
    private @Nullable HeldVersion current;
    /** Latest first. */
    private final List<HeldVersion> previous = new ArrayList<>();

    VersionHistory(Overlap overlap) {
        this.overlap = overlap;
    }

    /** Returns the latest version, usable or not; null if there is none. */
    @Nullable
    HeldVersion latest() {
        return current;
    }

    @Nullable
    HeldVersion current(long now) {
        HeldVersion held = current;
        return held != null && held.usableAt(now) ? held : null;
    }

    /** Returns the versions within their overlap, latest first. */
    List<HeldVersion> previous(long now) {
        // Most secrets have none, and lists ask for thousands of secrets at a time.
        return previous.isEmpty()
                ? List.of()
                : previous.stream().filter(version -> version.usableAt(now)).toList();
    }

    /** Returns all versions, usable or not. */
    List<HeldVersion> all() {
        List<HeldVersion> all = new ArrayList<>(previous);
        if (current != null) {
            all.add(current);
        }
        return all;
    }

    /** Replaces the current version with one that has other values. The replaced one stays usable for the overlap. */
    void rotate(HeldVersion next, long now) {
        HeldVersion before = current(now);
        if (before != null) {
            keep(before, now);
        } else if (current != null) {
            current.wipe();
        }
        current = next;
    }

    /**
     * Takes over the versions of another history of the same secret. Its current version becomes a previous one if its
     * values differ from ours, or the current one if we have none.
     *
     * @return the version that ours replaced, or null if it replaced none
     */
    @Nullable
    HeldVersion succeed(VersionHistory before, long now) {
        for (HeldVersion version : before.previous(now).reversed()) {
            if (previous.stream().noneMatch(version::sameValues)) {
                remember(version, now);
            }
        }
        HeldVersion old = before.current(now);
        HeldVersion mine = current(now);
        if (old == null) {
            return null;
        }
        if (mine == null) {
            current = old;
            return null;
        }
        if (mine.sameValues(old) || previous.stream().anyMatch(old::sameValues)) {
            return null;
        }
        keep(old, now);
        return old;
    }

    private void keep(HeldVersion replaced, long now) {
        if (overlap.exists()) {
            overlap.end(replaced, now);
            remember(replaced, now);
        }
    }

    /** Adds a version before the current one as the latest of the previous versions, with an end of its own. */
    void remember(HeldVersion version, long now) {
        previous.addFirst(version);
        prune(now);
        if (previous.size() > MOST_PREVIOUS) {
            end(previous.removeLast(), now);
        }
    }

    /** Takes over the versions from an earlier process, with copies of the values that are needed. */
    void restore(KnownSecret known, Map<Part, Use> needs, Instant clock, long now) {
        current = currentOf(known, needs, clock, now);
        previous.addAll(previousOf(known, needs, clock, now));
        prune(now);
    }

    /** Takes over the values that are needed from the state of an earlier process, for the versions that are the same. */
    void fill(KnownSecret known, Map<Part, Use> needs, Instant clock, long now) {
        HeldVersion version = currentOf(known, needs, clock, now);
        if (version != null) {
            fill(version);
        }
        previousOf(known, needs, clock, now).forEach(this::fill);
    }

    /** Takes over the values of another reading of one of the versions; those of a version that has ended are wiped. */
    void fill(HeldVersion read) {
        all().stream().filter(read::sameValues).findFirst().ifPresentOrElse(mine -> mine.fill(read), read::wipe);
    }

    private static @Nullable HeldVersion currentOf(KnownSecret known, Map<Part, Use> needs, Instant clock, long now) {
        KnownSecret.Version version = known.current();
        return version == null
                ? null
                : HeldVersion.of(
                        version,
                        needs,
                        clock.minus(known.age()),
                        now + version.left().toNanos());
    }

    private List<HeldVersion> previousOf(KnownSecret known, Map<Part, Use> needs, Instant clock, long now) {
        Instant confirmed = clock.minus(known.age());
        return known.previous().stream()
                .map(earlier -> HeldVersion.of(earlier, needs, confirmed, overlap.endOfRestored(earlier.left(), now)))
                .toList();
    }

    /** Ends all versions. Returns whether one of them was usable. */
    boolean endAll(long now) {
        boolean ended = current(now) != null || !previous(now).isEmpty();
        all().forEach(version -> end(version, now));
        current = null;
        previous.clear();
        return ended;
    }

    /** Ends the previous versions that match, and returns them. */
    List<HeldVersion> endPrevious(Predicate<HeldVersion> matching, long now) {
        List<HeldVersion> ended = previous.stream().filter(matching).toList();
        ended.forEach(version -> end(version, now));
        previous.removeAll(ended);
        return ended;
    }

    /** Returns whether a version has the value of a part, and not only its digest. */
    boolean holds(Part part) {
        return all().stream().anyMatch(version -> {
            HeldValue held = version.value(part);
            return held != null && held.value() != null;
        });
    }

    /** Wipes all values, since nothing uses the secret any more. */
    void wipe() {
        all().forEach(HeldVersion::wipe);
    }

    private static void end(HeldVersion version, long now) {
        version.endAt(now);
        version.wipe();
    }

    /** Forgets versions that may no longer be used, and wipes their values. */
    void prune(long now) {
        if (current != null && hasEnded(current, now)) {
            current = null;
        }
        previous.removeIf(version -> hasEnded(version, now));
    }

    private static boolean hasEnded(HeldVersion version, long now) {
        boolean ended = !version.usableAt(now);
        if (ended) {
            version.wipe();
        }
        return ended;
    }
}
