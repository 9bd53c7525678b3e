package dev.secretproviders.resolve;

import dev.secretproviders.provider.ProviderPolicy;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one secret of one provider, and the transitions of its life (design, section 5). Knows no clock and does no
 * I/O: each transition is told the time. Guarded by the resolver's lock.
 */
final class SecretEntry {
    private static final String NOT_YET = "not asked yet";

    final SecretPath path;
    private final long staleTtl;
    private final Overlap overlap;
    private final VersionHistory versions;
    /** The references that look at this secret now. */
    private final Set<TrackedReference> users = new LinkedHashSet<>();

    private long verifiedAt;
    private long freshFor;
    private boolean hadValue;
    private @Nullable String negative;
    private boolean gone;
    private @Nullable ProviderException failure;
    private int failures;

    /** This process has not heard of it; what is known comes from an earlier one. */
    private boolean fromDisk;

    private boolean inFlight;
    private boolean askAgain;
    private long due;
    private DueQueue.Urgency urgency = DueQueue.Urgency.ELEVATED;

    SecretEntry(SecretPath path, ProviderPolicy policy, long now) {
        this.path = path;
        this.staleTtl = policy.staleTtl().toNanos();
        this.overlap = Overlap.of(policy);
        this.versions = new VersionHistory(overlap);
        this.due = now;
        this.freshFor = policy.ttl().toNanos();
    }

    /** Sets within which time it is asked for again, in nanoseconds: for so long a confirmed value counts as fresh. */
    void freshFor(long nanos) {
        freshFor = nanos;
    }

    void addUser(TrackedReference user) {
        users.add(user);
    }

    void removeUser(TrackedReference user) {
        users.remove(user);
    }

    /** Returns the references that look at this secret, as they are now. */
    List<TrackedReference> users() {
        return List.copyOf(users);
    }

    /** Returns what those references are called. */
    Set<SecretReference> references() {
        return users.stream().map(TrackedReference::reference).collect(Collectors.toUnmodifiableSet());
    }

    ResolutionState state(long now) {
        if (versions.current(now) != null) {
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
        return versions.current(now);
    }

    /** Returns the versions within their overlap, latest first. */
    List<HeldVersion> previous(long now) {
        return versions.previous(now);
    }

    /** Returns all versions, usable or not. */
    List<HeldVersion> versions() {
        return versions.all();
    }

    @Nullable
    String knownVersion() {
        // What comes from disk is fetched again: a secret that was made again may have the same version number.
        HeldVersion latest = versions.latest();
        return latest == null || fromDisk ? null : latest.id();
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

    /** Returns how many times in a row it could not be asked for. */
    int failures() {
        return failures;
    }

    /** Returns in which queue it waits. */
    DueQueue.Urgency urgency() {
        return urgency;
    }

    void urgency(DueQueue.Urgency now) {
        urgency = now;
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

    /** Ends an attempt; the next one is due at {@code when}, or at once if it was asked for meanwhile. */
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
        versions.rotate(fetched, now);
        answered(now);
        hadValue = true;
        negative = null;
        gone = false;
        return true;
    }

    /** The manager says that the version known is still the current one. */
    void unchanged(Instant clock, long now) {
        HeldVersion held = versions.latest();
        if (held == null) {
            throw new IllegalStateException("nothing is known that could be unchanged");
        }
        held.verified(clock, now + staleTtl);
        answered(now);
    }

    /** The manager says that there is nothing: every value ends now, previous ones too, and never comes back from memory. */
    boolean denied(String reason, boolean wasDeleted, long now) {
        boolean ended = versions.endAll(now);
        boolean news = negative == null || ended;
        negative = reason;
        gone = wasDeleted;
        answered(now);
        return news;
    }

    /**
     * Ends what is denied. If that is the current version, everything ends, as if the manager had said that it is gone;
     * another version that it gives later counts.
     *
     * @param denial why a version is denied, or null if it is not
     * @return the versions that ended
     */
    List<HeldVersion> deny(Function<HeldVersion, @Nullable String> denial, long now) {
        HeldVersion latest = versions.latest();
        String reason = latest == null ? null : denial.apply(latest);
        if (reason != null) {
            List<HeldVersion> ended = versions();
            denied(reason, true, now);
            return ended;
        }
        return versions.endPrevious(version -> denial.apply(version) != null, now);
    }

    /** The manager could not be asked: what is known stays as it is. */
    void failed(ProviderException cause) {
        failure = cause;
        failures++;
    }

    /**
     * Takes over what another configuration of the provider knew of the same secret: its current version if nothing newer
     * could be learned, and versions within their overlap, which its current one becomes if the value is another now. A denial
     * takes over nothing.
     *
     * @return the version that was replaced by another value, or null if none was
     */
    @Nullable
    HeldVersion succeed(SecretEntry before, long now) {
        if (negative != null) {
            return null;
        }
        boolean adopted = current(now) == null && before.current(now) != null;
        HeldVersion replaced = versions.succeed(before.versions, now);
        if (adopted) {
            hadValue = true;
            verifiedAt = before.verifiedAt;
            fromDisk = before.fromDisk;
        }
        return replaced;
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
        versions.restore(
                known.previous().stream()
                        .map(earlier -> HeldVersion.of(earlier, confirmed, overlap.endOfRestored(earlier.left(), now)))
                        .toList(),
                version == null
                        ? null
                        : HeldVersion.of(
                                version, confirmed, now + version.left().toNanos()),
                now);
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
        versions.remember(version, now);
    }

    /** Forgets what may not be used any more. */
    void prune(long now) {
        versions.prune(now);
    }

    private void answered(long now) {
        verifiedAt = now;
        fromDisk = false;
        failure = null;
        failures = 0;
    }
}
