package dev.secretproviders.resolve;

import dev.secretproviders.provider.ProviderPolicy;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Everything known about one secret of one provider, and the transitions of its life (design, section 5). Knows no clock and
 * does no I/O: each transition is told the time. Guarded by the resolver's lock.
 */
final class SecretEntry {
    /** An operator who rotates more often than this within one overlap loses the oldest versions. */
    private static final int MOST_PREVIOUS = 16;

    private static final String NOT_YET = "not asked yet";

    final SecretPath path;
    final ProviderPolicy policy;
    /** The references that look at this secret now. */
    final Set<TrackedReference> users = new LinkedHashSet<>();

    private @Nullable HeldVersion current;
    private final List<HeldVersion> previous = new ArrayList<>();
    private long verifiedAt;
    private long freshFor;
    private boolean hadValue;
    private @Nullable String negative;
    private boolean gone;
    private @Nullable ProviderException failure;
    private int failures;

    /** Nothing was heard of it since this process started; what is known comes from the one before. */
    private boolean fromDisk;

    private boolean inFlight;
    private boolean askAgain;
    private long due;
    private ProviderLane.Rank rank = ProviderLane.Rank.FIRST;

    SecretEntry(SecretPath path, ProviderPolicy policy, long now) {
        this.path = path;
        this.policy = policy;
        this.due = now;
        this.freshFor = policy.ttl().toNanos();
    }

    /** Sets within which time it is asked for again, in nanoseconds: for so long a confirmed value counts as fresh. */
    void freshFor(long nanos) {
        freshFor = nanos;
    }

    /** Returns the references that look at this secret now. */
    Set<SecretReference> references() {
        return users.stream().map(user -> user.reference).collect(Collectors.toUnmodifiableSet());
    }

    ResolutionState state(long now) {
        HeldVersion held = current;
        if (held != null && held.usableAt(now)) {
            if (fromDisk) {
                return ResolutionState.STALE;
            }
            if (now - verifiedAt < freshFor) {
                return inFlight ? ResolutionState.REFRESHING : ResolutionState.FRESH;
            }
            return inFlight && failures == 0 ? ResolutionState.REFRESHING : ResolutionState.STALE;
        }
        if (negative != null) {
            return ResolutionState.NEGATIVE;
        }
        return hadValue ? ResolutionState.EXPIRED : ResolutionState.LOADING;
    }

    /** Returns whether the manager said that there is no such secret, so that a reference may mean another one. */
    boolean missing() {
        return negative != null && !gone;
    }

    @Nullable
    HeldVersion current(long now) {
        HeldVersion held = current;
        return held != null && held.usableAt(now) ? held : null;
    }

    /** Returns the versions within their overlap, latest first. */
    List<HeldVersion> previous(long now) {
        return previous.stream().filter(version -> version.usableAt(now)).toList();
    }

    /** Returns all versions, usable or not. */
    List<HeldVersion> versions() {
        List<HeldVersion> all = new ArrayList<>(previous);
        if (current != null) {
            all.add(current);
        }
        return all;
    }

    @Nullable
    String knownVersion() {
        // What comes from disk is fetched anew: a secret that was made again may have the same version number.
        return current == null || fromDisk ? null : current.id();
    }

    /**
     * Returns whether nothing was heard of it yet, so that its first value may be in the middle of a hand-over. After a denial
     * it is not: what was denied is never brought back.
     */
    boolean neverAnswered() {
        return !hadValue && negative == null;
    }

    ProviderException.@Nullable Kind failureKind() {
        return failure == null ? null : failure.kind();
    }

    /** Returns what to tell an operator, or null if all is well. */
    @Nullable
    String problem() {
        if (failure != null) {
            return failure.getMessage();
        }
        return negative != null ? negative : hadValue ? null : NOT_YET;
    }

    long due() {
        return due;
    }

    /** Returns in which queue it waits. */
    ProviderLane.Rank rank() {
        return rank;
    }

    void rank(ProviderLane.Rank now) {
        rank = now;
    }

    boolean inFlight() {
        return inFlight;
    }

    void started() {
        inFlight = true;
    }

    /**
     * Makes it due at {@code when} unless it is due before; if it is being asked right now, once more afterwards.
     *
     * @return whether {@link #due} moved
     */
    boolean makeDue(long when) {
        if (inFlight) {
            askAgain = true;
            return false;
        }
        if (due - when <= 0) {
            return false;
        }
        due = when;
        return true;
    }

    /** Ends an attempt; the next one is due at {@code when}, or at once if somebody asked for it meanwhile. */
    void finished(long now, long when) {
        inFlight = false;
        due = askAgain ? now : when;
        askAgain = false;
    }

    /**
     * The manager gave a value. If it differs from the current one, that was a rotation: the old one stays usable for the
     * overlap. The same values under another name are the version known, confirmed.
     *
     * @return whether what may be used changed
     */
    boolean found(HeldVersion fetched, Instant clock, long now) {
        HeldVersion before = current(now);
        if (before != null && before.sameValues(fetched)) {
            before.renamedTo(fetched);
            unchanged(clock, now);
            return false;
        }
        // Without an overlap it ends with the index that was built from it: ended here, keys that are the same in both
        // versions would be refused until the next index is there.
        if (before != null && policy.overlap().isPositive()) {
            before.endAt(now + Math.min(policy.overlap().toNanos(), before.usableUntil() - now));
            remember(before, now);
        }
        current = fetched;
        answered(now);
        hadValue = true;
        negative = null;
        gone = false;
        return true;
    }

    /** The manager says that the version known is still the current one. */
    void unchanged(Instant clock, long now) {
        HeldVersion held = current;
        if (held == null) {
            throw new IllegalStateException("nothing is known that could be unchanged");
        }
        held.verified(clock, now + policy.staleTtl().toNanos());
        answered(now);
    }

    /** The manager says that there is nothing: every value ends now, previous ones too, and never comes back from memory. */
    boolean denied(String reason, boolean wasDeleted, long now) {
        boolean ended = current(now) != null || !previous(now).isEmpty();
        if (current != null) {
            current.endAt(now);
        }
        previous.forEach(version -> version.endAt(now));
        previous.clear();
        current = null;
        boolean news = negative == null || ended;
        negative = reason;
        gone = wasDeleted;
        answered(now);
        return news;
    }

    /**
     * Ends what is revoked. If that is the current version, everything ends, as if the manager had said that it is gone;
     * another version that it gives later counts.
     *
     * @param revocation what denies a version, or null if nothing does
     * @return the versions that ended
     */
    List<HeldVersion> revoke(Function<HeldVersion, @Nullable Revocation> revocation, long now) {
        Revocation denial = current == null ? null : revocation.apply(current);
        if (denial != null) {
            List<HeldVersion> ended = versions();
            denied(denial.problem(), true, now);
            return ended;
        }
        List<HeldVersion> ended = previous.stream()
                .filter(version -> revocation.apply(version) != null)
                .toList();
        ended.forEach(version -> version.endAt(now));
        previous.removeAll(ended);
        return ended;
    }

    /** The manager could not be asked: what is known stays as it is. Returns how many times in a row that happened. */
    int failed(ProviderException cause) {
        failure = cause;
        return ++failures;
    }

    /**
     * Takes over what another configuration of the provider knew of the same secret: its current version if nothing could be
     * learned anew, and versions within their overlap, which its current one becomes if the value is another now. A denial
     * takes over nothing.
     *
     * @return the version that was replaced by another value, or null if none was
     */
    @Nullable
    HeldVersion succeed(SecretEntry before, long now) {
        HeldVersion old = before.current(now);
        HeldVersion mine = current(now);
        if (negative != null) {
            return null;
        }
        List<HeldVersion> earlier = before.previous(now);
        for (HeldVersion version : earlier.reversed()) {
            if (previous.stream().noneMatch(version::sameValues)) {
                remember(version, now);
            }
        }
        if (old == null) {
            return null;
        }
        if (mine == null) {
            current = old;
            hadValue = true;
            verifiedAt = before.verifiedAt;
            fromDisk = before.fromDisk;
            return null;
        }
        if (mine.sameValues(old) || previous.stream().anyMatch(old::sameValues)) {
            return null;
        }
        if (policy.overlap().isPositive()) {
            old.endAt(now + Math.min(policy.overlap().toNanos(), old.usableUntil() - now));
            remember(old, now);
        }
        return old;
    }

    /** Takes over what an earlier process knew; it is due at once, and stale until the manager was asked. */
    void restore(KnownSecret known, Instant clock, long now) {
        fromDisk = true;
        verifiedAt = now - known.age().toNanos();
        negative = known.denial();
        gone = known.gone();
        if (negative != null) {
            return;
        }
        hadValue = true;
        Instant confirmed = clock.minus(known.age());
        KnownSecret.Version version = known.current();
        if (version != null) {
            current = HeldVersion.of(version, confirmed, now + version.left().toNanos());
        }
        for (KnownSecret.Version earlier : known.previous()) {
            // The overlap may have been made shorter since.
            long left = Math.min(earlier.left().toNanos(), policy.overlap().toNanos());
            previous.add(HeldVersion.of(earlier, confirmed, now + left));
        }
        prune(now);
    }

    /** Returns what a later process may take over, or null if nothing is known. */
    @Nullable
    KnownSecret known(long now) {
        Duration age = Duration.ofNanos(Math.max(0, now - verifiedAt));
        if (negative != null) {
            return new KnownSecret(path, negative, gone, age, null, List.of());
        }
        HeldVersion held = current(now);
        return held == null
                ? null
                : new KnownSecret(
                        path,
                        null,
                        false,
                        age,
                        held.known(now),
                        previous(now).stream()
                                .map(version -> version.known(now))
                                .toList());
    }

    /** Adds a version from before this runner started, while its overlap lasts. */
    void remember(HeldVersion version, long now) {
        previous.addFirst(version);
        prune(now);
        if (previous.size() > MOST_PREVIOUS) {
            previous.removeLast().endAt(now);
        }
    }

    /** Forgets what may not be used any more. */
    void prune(long now) {
        if (current != null && !current.usableAt(now)) {
            current = null;
        }
        for (Iterator<HeldVersion> versions = previous.iterator(); versions.hasNext(); ) {
            if (!versions.next().usableAt(now)) {
                versions.remove();
            }
        }
    }

    private void answered(long now) {
        verifiedAt = now;
        fromDisk = false;
        failure = null;
        failures = 0;
    }
}
