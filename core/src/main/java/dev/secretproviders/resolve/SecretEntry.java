package dev.secretproviders.resolve;

import dev.secretproviders.provider.ProviderPolicy;
import dev.secretproviders.resolve.TrackedReference.Users;
import dev.secretproviders.resolve.value.KnownSecret;
import dev.secretproviders.resolve.value.Part;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.SecretPath;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The state of one secret of one provider, and its transitions (design, section 5). It has no clock and does no I/O:
 * each transition receives the time. Guarded by the resolver's lock.
 */
final class SecretEntry {
    private static final String NOT_YET = "not asked yet";

    final SecretPath path;
    private final long staleTtl;
    private final Overlap overlap;
    private final VersionHistory versions;
    /** The references that use this secret now. */
    private final Users users = new Users(this);

    private long verifiedAt;
    private long freshFor;
    private boolean hadValue;
    private boolean existed;

    private @Nullable String negative;
    private boolean gone;
    private @Nullable ProviderException failure;
    private int failures;

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

    /** Sets how long a confirmed value counts as fresh, in nanoseconds. It is fetched again within this time. */
    void freshFor(long nanos) {
        freshFor = nanos;
    }

    /** Returns the references that use this secret now. */
    Users users() {
        return users;
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

    /** Returns whether its state comes from an earlier process, and this process has no answer yet. */
    boolean fromDisk() {
        return fromDisk;
    }

    /** Returns whether the manager said that the secret does not exist, so that a reference may mean another one. */
    boolean missing() {
        return negative != null && !gone;
    }

    /** Returns whether the manager said that the secret does not exist, and it had no value that is remembered. */
    boolean neverExisted() {
        return missing() && !hadValue && !existed;
    }

    @Nullable
    HeldVersion current(long now) {
        return versions.current(now);
    }

    /** Returns the versions within their overlap, latest first. */
    List<HeldVersion> previous(long now) {
        return versions.previous(now);
    }

    VersionHistory history() {
        return versions;
    }

    /** Returns all versions, usable or not. */
    List<HeldVersion> versions() {
        return versions.all();
    }

    @Nullable
    String knownVersion() {
        // A secret from disk is fetched again: after it is deleted and created again, it may have the same version
        // number.
        HeldVersion latest = versions.latest();
        return latest == null || fromDisk || users.lack(latest) ? null : latest.id();
    }

    /** Returns whether a version has to be fetched again for one of its users. */
    boolean lacks(TrackedReference user) {
        HeldVersion latest = versions.latest();
        return latest != null && user.lacks(latest, this);
    }

    /** Wipes the values that no user needs. */
    void keepOnlyNeeded() {
        Map<Part, Use> needs = users.needs();
        versions.all().forEach(version -> version.keepOnly(needs));
    }

    /**
     * Returns whether no answer has arrived yet, so that its first value may be in the middle of a hand-over. This is
     * false after a denial, because denied versions must not return.
     */
    boolean neverAnswered() {
        return !hadValue && negative == null;
    }

    /** Returns whether the version before the current one has to be fetched, too. */
    boolean needsPrevious(long now) {
        return neverAnswered() || previous(now).stream().anyMatch(users::lack);
    }

    ProviderException.@Nullable Kind failureKind() {
        return failure == null ? null : failure.kind();
    }

    /** Returns the problem to show to an operator, or null if there is none. */
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

    /** Returns how many fetches in a row failed. */
    int failures() {
        return failures;
    }

    /** Returns the urgency with which it waits. */
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
     * Makes it due at {@code when} unless it is due earlier. If it is being fetched now, it is fetched once more
     * afterwards.
     *
     * @return whether {@link #due} changed
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

    /** Ends an attempt. The next one is due at {@code when}, or at once if it was requested meanwhile. */
    void finished(long now, long when) {
        inFlight = false;
        due = askAgain ? now : when;
        askAgain = false;
    }

    /**
     * Applies a value from the manager. A different value is a rotation: the old version stays usable for the overlap.
     * The same values under another name confirm the known version.
     *
     * @return whether the usable values changed
     */
    boolean found(HeldVersion fetched, Instant clock, long now) {
        HeldVersion before = current(now);
        if (before != null && before.sameValues(fetched)) {
            before.renamedTo(fetched);
            unchanged(clock, now);
            return before.fill(fetched);
        }
        versions.rotate(fetched, now);
        answered(now);
        hadValue = true;
        negative = null;
        gone = false;
        return true;
    }

    /** Applies the manager's answer that the known version is still the current one. */
    void unchanged(Instant clock, long now) {
        HeldVersion held = versions.latest();
        if (held == null) {
            throw new IllegalStateException("nothing is known that could be unchanged");
        }
        held.verified(clock, now + staleTtl);
        answered(now);
    }

    /**
     * Applies the manager's answer that there is no secret. Every value ends now, including previous ones, and is never
     * restored from memory.
     */
    boolean denied(String reason, boolean wasDeleted, long now) {
        boolean news = versions.endAll(now) || negative == null || (wasDeleted && !gone);
        negative = reason;
        // A manager may forget what was deleted. It stays deleted until it is found again.
        gone |= wasDeleted;
        answered(now);
        return news;
    }

    /**
     * Ends the denied versions. If the current version is denied, all versions end, as if the manager had said that the
     * secret is gone. A different version from the manager is accepted later.
     *
     * @param denial returns why a version is denied, or null if it is not
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

    /** Records that the manager could not be asked. The known state stays as it is. */
    void failed(ProviderException cause) {
        failure = cause;
        failures++;
    }

    /**
     * Takes over the state of the same secret from another configuration of the provider. Its current version is kept
     * if this entry has no newer answer. Its versions within their overlap are kept too, as is its current version if
     * the value differs now. A denial takes over no version, only that the secret existed or was deleted.
     *
     * @return the version that was replaced by another value, or null if there is none
     */
    @Nullable
    HeldVersion succeed(SecretEntry before, long now) {
        existed |= before.hadValue || before.existed || before.gone;
        // What the manager deleted stays deleted until it is found again, whatever else it says of it meanwhile.
        gone |= before.gone && !hadValue;
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

    /** Takes over the state from an earlier process. It is due at once, and stale until the manager answers. */
    void restore(KnownSecret known, Instant clock, long now) {
        fromDisk = true;
        verifiedAt = now - known.age().toNanos();
        negative = known.denial();
        gone = known.gone();
        existed = known.existed();
        if (known.current() == null) {
            return;
        }
        hadValue = true;
        versions.restore(known, users.needs(), clock, now);
    }

    /** Returns the state for a later process, or null if nothing is known. */
    @Nullable
    KnownSecret known(long now) {
        Duration age = Duration.ofNanos(Math.max(0, now - verifiedAt));
        HeldVersion held = current(now);
        boolean known = negative != null || hadValue || existed;
        if (held == null) {
            return known ? new KnownSecret(path, negative, gone, hadValue || existed, age, null, List.of()) : null;
        }
        return new KnownSecret(
                path,
                null,
                false,
                true,
                age,
                held.known(now),
                previous(now).stream().map(version -> version.known(now)).toList());
    }

    private void answered(long now) {
        verifiedAt = now;
        fromDisk = false;
        failure = null;
        failures = 0;
    }
}
