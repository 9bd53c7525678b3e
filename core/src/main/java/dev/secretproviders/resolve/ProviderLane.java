package dev.secretproviders.resolve;

import dev.secretproviders.provider.ProviderPolicy;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The questions to one provider: which secrets are due and in which order, how many may be asked for at a time and in a minute,
 * and whether the provider answers at all. Guarded by the resolver's lock.
 */
final class ProviderLane {
    final SecretProvider provider;
    final ProviderPolicy policy;

    private final Map<SecretPath, SecretEntry> entries = new HashMap<>();
    private final Map<Rank, PriorityQueue<Due>> queues = new EnumMap<>(Rank.class);
    private final FetchBudget budget;
    private final CircuitBreaker breaker = new CircuitBreaker();
    private long sequence;
    private int running;
    /** What the provider had counted when we last looked. */
    private long counted;

    private boolean budgetSuffices = true;
    private @Nullable Instant lastSuccess;
    private @Nullable ProviderException lastFailure;
    private @Nullable Instant lastFailureAt;
    private @Nullable Duration lastLatency;

    /** What goes first where not all that is due can be asked for at once. */
    enum Rank {
        /** Somebody asked for it by name: an operator, or a manager that told of a change. */
        ASKED,
        /** Nothing is known of it, so that requests with its key are turned away; or it is asked for again with all others. */
        FIRST,
        /** What is known of it is confirmed. */
        ROUTINE
    }

    /** Ties go to who came first, so that a cold start finishes in the order asked for. */
    private record Due(long when, long sequence, SecretEntry entry, Rank rank) implements Comparable<Due> {
        @Override
        public int compareTo(Due other) {
            long difference = when - other.when;
            return difference != 0 ? Long.signum(difference) : Long.compare(sequence, other.sequence);
        }
    }

    /**
     * One call to make.
     *
     * @param reserved how many requests it may need
     */
    record Call(List<SecretEntry> batch, int reserved) {}

    ProviderLane(SecretProvider provider, ProviderPolicy policy) {
        this.provider = provider;
        this.policy = policy;
        this.budget = new FetchBudget(policy.fetchesPerMinute());
        for (Rank rank : Rank.values()) {
            queues.put(rank, new PriorityQueue<>());
        }
    }

    /** Returns the entry of a path; a new one is due at once. */
    SecretEntry entry(SecretPath path, long now) {
        return entries.computeIfAbsent(path, absent -> {
            SecretEntry entry = new SecretEntry(absent, policy, now);
            enqueue(entry, Rank.FIRST);
            return entry;
        });
    }

    @Nullable
    SecretEntry existing(SecretPath path) {
        return entries.get(path);
    }

    Collection<SecretEntry> entries() {
        return entries.values();
    }

    /** Forgets an entry that no reference looks at. */
    void drop(SecretEntry entry) {
        entries.remove(entry.path);
    }

    /** Ends this lane, because another took its place, and returns what it held. Answers under way are dropped. */
    List<SecretEntry> retire() {
        List<SecretEntry> held = List.copyOf(entries.values());
        entries.clear();
        queues.values().forEach(PriorityQueue::clear);
        return held;
    }

    /** Makes an entry due earlier than it is, and go first; one that is being asked for right now is asked for once more. */
    void makeDue(SecretEntry entry, long when, Rank rank) {
        boolean moved = entry.makeDue(when);
        if (!entry.inFlight() && (moved || rank.compareTo(entry.rank()) < 0)) {
            enqueue(entry, rank.compareTo(entry.rank()) < 0 ? rank : entry.rank());
        }
    }

    /** Returns the next call to make now, or null if there is nothing to do or no room. */
    @Nullable
    Call next(long now) {
        if (running >= policy.maxConcurrency() || !breaker.allows(now, running)) {
            return null;
        }
        count(now, 0);
        long room = budget.room(now);
        int most = breaker.tripped() ? 1 : Math.max(1, provider.batchSize());
        // One request for the batch, and what each may need beside it.
        int needed = 1;
        List<SecretEntry> batch = new ArrayList<>();
        while (batch.size() < most) {
            PriorityQueue<Due> queue = firstDue(now);
            if (queue == null) {
                break;
            }
            SecretEntry entry = queue.element().entry;
            if (needed + extra(entry) > room) {
                break;
            }
            queue.remove();
            needed += extra(entry);
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

    /** A secret that is new may be in the middle of a hand-over, and the version before it is asked for as well. */
    private int extra(SecretEntry entry) {
        return entry.neverAnswered()
                        && entry.path.followsRotation()
                        && policy.overlap().isPositive()
                ? 1
                : 0;
    }

    private @Nullable PriorityQueue<Due> firstDue(long now) {
        for (PriorityQueue<Due> queue : queues.values()) {
            Due head = peekLive(queue);
            if (head != null && head.when - now <= 0) {
                return queue;
            }
        }
        return null;
    }

    private @Nullable Due peekLive(PriorityQueue<Due> queue) {
        Due head = queue.peek();
        while (head != null && !isLive(head)) {
            queue.poll();
            head = queue.peek();
        }
        return head;
    }

    /** Returns when {@link #next} may have something to do, or {@code Long.MAX_VALUE} while only an answer can change that. */
    long wakeAt(long now) {
        Due first = null;
        for (PriorityQueue<Due> queue : queues.values()) {
            Due head = peekLive(queue);
            if (first == null || (head != null && head.when - first.when < 0)) {
                first = head;
            }
        }
        if (first == null || running >= policy.maxConcurrency() || (breaker.tripped() && running > 0)) {
            return Long.MAX_VALUE;
        }
        long wake = first.when;
        if (breaker.tripped() && breaker.pausedUntil() - wake > 0) {
            wake = breaker.pausedUntil();
        }
        long affordable = budget.nextAt(now, 1 + extra(first.entry));
        return affordable - wake > 0 ? affordable : wake;
    }

    /** Ends one attempt at one entry and puts it back into the queue. */
    void finished(SecretEntry entry, long now, long nextAttempt) {
        entry.finished(now, nextAttempt);
        if (entries.get(entry.path) == entry) {
            boolean askedMeanwhile = entry.due() - nextAttempt < 0;
            // One that failed by itself must not keep pushing the others aside; one that had no chance yet still goes
            // first.
            boolean first = entry.neverAnswered() && breaker.tripped();
            enqueue(entry, askedMeanwhile ? Rank.ASKED : first ? Rank.FIRST : Rank.ROUTINE);
        }
    }

    /**
     * A call is over, however it ended.
     *
     * @param requests how many requests it made, for a provider that does not count them itself
     */
    void ended(Call call, long now, long requests) {
        running--;
        budget.release(call.reserved());
        count(now, requests);
    }

    /** Takes what was sent since the last time from the budget: also logins and renewals, where the provider counts them. */
    private void count(long now, long requests) {
        long sent = provider.requestsSent();
        if (sent < 0) {
            budget.spend(now, requests);
        } else {
            budget.spend(now, sent - counted);
            counted = sent;
        }
    }

    /** A call returned with answers. Returns whether the provider had failed before, and is in order now. */
    boolean answered(long now, Instant clock) {
        lastSuccess = clock;
        return breaker.answered(now);
    }

    /**
     * A call failed as a whole.
     *
     * @return whether this is news: the first failure in a row, or one from which on it is the credential, or no longer is
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

    /** Returns within which time a value is asked for again: {@code ttl}, or longer where the budget is too small for it. */
    Duration effectiveTtl() {
        Duration shortest = shortestTtl();
        if (shortest == null || shortest.compareTo(policy.ttl()) <= 0) {
            return policy.ttl();
        }
        Duration longest = longestTtl();
        return shortest.compareTo(longest) < 0 ? shortest : longest;
    }

    /** Half of the time for which values are served is kept for outages. */
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

    /** Returns whether the budget began or ceased to suffice since this was last asked. */
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

    /** Returns when the next probe may go out; means something only while {@link #down}. */
    long pausedUntil() {
        return breaker.pausedUntil();
    }

    /** Returns whether such a failure says something about the provider rather than about one secret. */
    static boolean concernsProvider(ProviderException.Kind kind) {
        return switch (kind) {
            case UNAVAILABLE, TIMEOUT, AUTHENTICATION, THROTTLED, CONFIGURATION -> true;
            case PERMISSION, INVALID_ANSWER -> false;
        };
    }

    private void enqueue(SecretEntry entry, Rank rank) {
        entry.rank(rank);
        Objects.requireNonNull(queues.get(rank)).add(new Due(entry.due(), sequence++, entry, rank));
    }

    /** An entry that was made due earlier, or of higher rank, or dropped, leaves its old place in the queue behind. */
    private boolean isLive(Due due) {
        SecretEntry entry = due.entry;
        return !entry.inFlight()
                && entry.due() == due.when
                && entry.rank() == due.rank
                && entries.get(entry.path) == entry;
    }
}
