package dev.secretproviders.resolve;

import dev.secretproviders.provider.ProviderPolicy;
import dev.secretproviders.resolve.DueQueue.Urgency;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The calls to one provider: the order of due secrets, the limits on concurrent calls and calls per minute, and the
 * circuit breaker. Guarded by the resolver's lock.
 */
final class ProviderLane {
    final SecretProvider provider;
    final ProviderPolicy policy;

    private final Lanes lanes;
    private final Map<SecretPath, SecretEntry> entries = new HashMap<>();
    private final DueQueue due = new DueQueue(entry -> entries.get(entry.path) == entry);
    private final Overlap overlap;
    private final FetchBudget budget;
    private final CircuitBreaker breaker = new CircuitBreaker();
    private int running;
    /** The provider's request count at our last reading. */
    private long counted;

    private boolean budgetSuffices = true;
    private @Nullable Instant lastSuccess;
    private @Nullable ProviderException lastFailure;
    private @Nullable Instant lastFailureAt;
    private @Nullable Duration lastLatency;

    /**
     * One call to make.
     *
     * @param reserved how many requests it may need
     */
    record Call(List<SecretEntry> batch, int reserved) {}

    /** @param lanes learns when it may have a call to make */
    ProviderLane(SecretProvider provider, ProviderPolicy policy, Lanes lanes) {
        this.lanes = lanes;
        this.provider = provider;
        this.policy = policy;
        this.budget = new FetchBudget(policy.fetchesPerMinute());
        this.overlap = Overlap.of(policy);
    }

    /** Returns the entry of a path; a new entry is due at once. */
    SecretEntry entry(SecretPath path, long now) {
        return entries.computeIfAbsent(path, absent -> {
            SecretEntry entry = new SecretEntry(absent, policy, now);
            add(entry, Urgency.ELEVATED);
            return entry;
        });
    }

    @Nullable
    SecretEntry existing(SecretPath path) {
        return entries.get(path);
    }

    /** Returns whether references use this secret of an earlier process, and its manager has not answered about it. */
    boolean waitsForAnswer(SecretPath path) {
        SecretEntry entry = entries.get(path);
        return entry != null && entry.fromDisk();
    }

    Collection<SecretEntry> entries() {
        return entries.values();
    }

    /** Removes an entry that no reference uses. */
    void drop(SecretEntry entry) {
        entries.remove(entry.path);
    }

    /** Ends this lane after it was replaced, and returns its entries. Answers still under way are dropped. */
    List<SecretEntry> retire() {
        List<SecretEntry> held = List.copyOf(entries.values());
        entries.clear();
        due.clear();
        return held;
    }

    /** Makes an entry due earlier and more urgent. An entry that is being fetched is fetched once more afterwards. */
    void makeDue(SecretEntry entry, long when, Urgency urgency) {
        boolean moved = entry.makeDue(when);
        boolean more = urgency.compareTo(entry.urgency()) < 0;
        if (!entry.inFlight() && (moved || more)) {
            add(entry, more ? urgency : entry.urgency());
        }
    }

    private void add(SecretEntry entry, Urgency urgency) {
        due.add(entry, urgency);
        lanes.changed(this);
    }

    /** Returns the next call to make now, or null if no call is due or allowed. */
    @Nullable
    Call next(long now) {
        if (running >= policy.maxConcurrency() || !breaker.allows(now, running)) {
            return null;
        }
        count(now, 0);
        long room = budget.room(now);
        int most = breaker.tripped() ? 1 : Math.max(1, provider.batchSize());
        // One request for the batch, and the additional requests that each entry may need.
        int needed = 1;
        List<SecretEntry> batch = new ArrayList<>();
        while (batch.size() < most) {
            SecretEntry entry = due.firstDue(now);
            if (entry == null || needed + extra(entry, now) > room) {
                break;
            }
            due.remove(entry);
            needed += extra(entry, now);
            entry.started();
            batch.add(entry);
        }
        if (batch.isEmpty()) {
            return null;
        }
        running++;
        budget.reserve(needed);
        return new Call(batch, needed);
    }

    /**
     * Returns the additional requests of an entry. The key of a new secret may be in a hand-over, so its previous
     * version is fetched too.
     */
    private int extra(SecretEntry entry, long now) {
        return entry.needsPrevious(now) && entry.path.followsRotation() && overlap.exists() ? 1 : 0;
    }

    /** Returns when {@link #next} may have a call, or {@link Lanes#NEVER} while only a change can lead to one. */
    long wakeAt(long now) {
        SecretEntry mostUrgent = due.firstDue(now);
        SecretEntry first = mostUrgent == null ? due.earliest() : mostUrgent;
        if (first == null || running >= policy.maxConcurrency() || (breaker.tripped() && running > 0)) {
            return Lanes.NEVER;
        }
        long wake = first.due();
        if (breaker.tripped() && breaker.pausedUntil() - wake > 0) {
            wake = breaker.pausedUntil();
        }
        long affordable = budget.nextAt(now, 1 + extra(first, now));
        return affordable - wake > 0 ? affordable : wake;
    }

    /** Ends an attempt for one entry and puts the entry back into the queue. */
    void finished(SecretEntry entry, long now, long nextAttempt) {
        entry.finished(now, nextAttempt);
        if (entries.get(entry.path) == entry) {
            boolean askedMeanwhile = entry.due() - nextAttempt < 0;
            // During an outage an entry that was not tried yet goes first. An entry that failed again may be the cause
            // of the failure: as the next probe it would keep all others waiting until it succeeds.
            boolean hadNoChance = entry.neverAnswered() && breaker.tripped() && entry.failures() <= 1;
            add(entry, askedMeanwhile ? Urgency.REQUESTED : hadNoChance ? Urgency.ELEVATED : Urgency.ROUTINE);
        }
    }

    /**
     * Records the end of a call, whatever its result.
     *
     * @param requests how many requests it made, for a provider that does not count them itself
     */
    void ended(Call call, long now, long requests) {
        running--;
        budget.release(call.reserved());
        count(now, requests);
        lanes.changed(this);
    }

    /**
     * Takes the requests since the last reading from the budget, including logins and renewals if the provider counts
     * them.
     */
    private void count(long now, long requests) {
        long sent = provider.requestsSent();
        if (sent < 0) {
            budget.spend(now, requests);
        } else {
            budget.spend(now, sent - counted);
            counted = sent;
        }
    }

    /** Records that a call returned with answers. Returns whether the provider recovered from a failure. */
    boolean answered(long now, Instant clock) {
        lastSuccess = clock;
        return breaker.answered(now);
    }

    /**
     * Records that a call failed as a whole.
     *
     * @return whether to report it: the first failure in a row, or a change to or from a rejected credential
     */
    boolean failed(long now, RandomGenerator random, ProviderException cause, Instant clock) {
        boolean news = !down() || refused(lastFailure) != refused(cause);
        lastFailure = cause;
        lastFailureAt = clock;
        breaker.failed(now, random, cause.retryAfter());
        return news;
    }

    /** Returns whether the last call failed as a whole, so that the next one is a probe. */
    boolean down() {
        return breaker.tripped();
    }

    /** Notes how long a call took; null if it gave no answer. */
    void took(@Nullable Duration latency) {
        if (latency != null) {
            lastLatency = latency;
        }
    }

    /**
     * Returns the time within which a value is fetched again: {@code ttl}, or longer if the budget is too small for it.
     */
    Duration effectiveTtl() {
        Duration shortest = shortestTtl();
        if (shortest == null || shortest.compareTo(policy.ttl()) <= 0) {
            return policy.ttl();
        }
        Duration longest = longestTtl();
        return shortest.compareTo(longest) < 0 ? shortest : longest;
    }

    /** Returns the longest effective ttl. Half of the time for which values are served is kept for outages. */
    private Duration longestTtl() {
        Duration half = policy.staleTtl().dividedBy(2);
        return half.compareTo(policy.ttl()) < 0 ? policy.ttl() : half;
    }

    private @Nullable Duration shortestTtl() {
        return budget.shortestTtl(Math.ceilDiv(entries.size(), Math.max(1, provider.batchSize())));
    }

    private boolean suffices() {
        Duration shortest = shortestTtl();
        return shortest == null || shortest.compareTo(longestTtl()) <= 0;
    }

    /** Returns whether the budget became sufficient or insufficient since the last call of this method. */
    boolean budgetChanged() {
        boolean before = budgetSuffices;
        budgetSuffices = suffices();
        return before != budgetSuffices;
    }

    ProviderStatus status(long now) {
        count(now, 0);
        ProviderException failure = lastFailure;
        return new ProviderStatus(
                state(),
                lastSuccess,
                lastFailureAt,
                failure == null ? null : failure.kind(),
                failure == null ? null : failure.getMessage(),
                lastLatency,
                breaker.state(now),
                breaker.state(now) == ProviderStatus.Breaker.OPEN
                        ? Duration.ofNanos(breaker.pausedUntil() - now)
                        : Duration.ZERO,
                new ProviderStatus.Budget(
                        budget.perMinute(), budget.lastMinute(now), budget.total(), effectiveTtl(), suffices()),
                entries.size());
    }

    private ProviderStatus.State state() {
        if (down()) {
            return refused(lastFailure) ? ProviderStatus.State.UNAUTHENTICATED : ProviderStatus.State.DOWN;
        }
        return lastSuccess == null ? ProviderStatus.State.IDLE : ProviderStatus.State.UP;
    }

    private static boolean refused(@Nullable ProviderException failure) {
        return failure != null && failure.kind() == ProviderException.Kind.AUTHENTICATION;
    }

    /** Returns when the next probe may go out; valid only while {@link #down}. */
    long pausedUntil() {
        return breaker.pausedUntil();
    }

    /** Returns whether a failure of this kind concerns the provider rather than one secret. */
    static boolean concernsProvider(ProviderException.Kind kind) {
        return switch (kind) {
            case UNAVAILABLE, TIMEOUT, AUTHENTICATION, THROTTLED, CONFIGURATION -> true;
            case PERMISSION, INVALID_ANSWER -> false;
        };
    }
}
