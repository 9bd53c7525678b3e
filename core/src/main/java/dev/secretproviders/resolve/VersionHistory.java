package dev.secretproviders.resolve;

import java.util.ArrayList;
import java.util.List;
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
            previous.removeLast().endAt(now);
        }
    }

    /** Takes over the versions from an earlier process. */
    void restore(List<HeldVersion> earlier, @Nullable HeldVersion known, long now) {
        current = known;
        previous.addAll(earlier);
        prune(now);
    }

    /** Ends all versions. Returns whether one of them was usable. */
    boolean endAll(long now) {
        boolean ended = current(now) != null || !previous(now).isEmpty();
        all().forEach(version -> version.endAt(now));
        current = null;
        previous.clear();
        return ended;
    }

    /** Ends the previous versions that match, and returns them. */
    List<HeldVersion> endPrevious(Predicate<HeldVersion> matching, long now) {
        List<HeldVersion> ended = previous.stream().filter(matching).toList();
        ended.forEach(version -> version.endAt(now));
        previous.removeAll(ended);
        return ended;
    }

    /** Forgets versions that may no longer be used. */
    void prune(long now) {
        if (current != null && !current.usableAt(now)) {
            current = null;
        }
        previous.removeIf(version -> !version.usableAt(now));
    }
}
