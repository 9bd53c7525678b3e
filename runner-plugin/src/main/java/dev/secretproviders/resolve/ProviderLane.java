package dev.secretproviders.resolve;

import dev.secretproviders.provider.ProviderException;
import dev.secretproviders.provider.ProviderPolicy;
import dev.secretproviders.provider.SecretPath;
import dev.secretproviders.provider.SecretProvider;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The questions to one provider: which secrets are due, how many may be asked for at a time, and whether the provider answers
 * at all. While it does not, one probe at a time goes out, with back-off. Guarded by the resolver's lock.
 */
final class ProviderLane {
    private static final Backoff PROVIDER_BACKOFF = new Backoff(Duration.ofMillis(250), Duration.ofSeconds(10));

    final SecretProvider provider;
    final ProviderPolicy policy;

    private final Map<SecretPath, SecretEntry> entries = new HashMap<>();
    private final PriorityQueue<Due> queue = new PriorityQueue<>();
    private long sequence;
    private int running;
    private int failures;
    private long pausedUntil;
    private @Nullable Instant lastSuccess;
    private @Nullable ProviderException lastFailure;
    private @Nullable Instant lastFailureAt;
    private @Nullable Duration lastLatency;

    /** Ties go to who came first, so that a cold start finishes in the order asked for. */
    private record Due(long when, long sequence, SecretEntry entry) implements Comparable<Due> {
        @Override
        public int compareTo(Due other) {
            long difference = when - other.when;
            return difference != 0 ? Long.signum(difference) : Long.compare(sequence, other.sequence);
        }
    }

    ProviderLane(SecretProvider provider, ProviderPolicy policy) {
        this.provider = provider;
        this.policy = policy;
    }

    /** Returns the entry of a path; a new one is due at once. */
    SecretEntry entry(SecretPath path, long now) {
        return entries.computeIfAbsent(path, absent -> {
            SecretEntry entry = new SecretEntry(absent, policy, now);
            enqueue(entry);
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
        queue.clear();
        return held;
    }

    /** Makes an entry due earlier than it is; one that is being asked for right now is asked for once more. */
    void makeDue(SecretEntry entry, long when) {
        boolean moved = entry.makeDue(when);
        if (moved) {
            enqueue(entry);
        }
    }

    /** Returns the secrets to ask for now in one call, or an empty list if there is nothing to do or no room. */
    List<SecretEntry> next(long now) {
        boolean probing = down();
        if (running >= policy.maxConcurrency() || (probing && (running > 0 || now - pausedUntil < 0))) {
            return List.of();
        }
        int most = probing ? 1 : Math.max(1, provider.batchSize());
        List<SecretEntry> batch = new ArrayList<>();
        while (batch.size() < most) {
            Due head = queue.peek();
            if (head == null || head.when - now > 0) {
                break;
            }
            queue.poll();
            if (isLive(head)) {
                head.entry.started();
                batch.add(head.entry);
            }
        }
        if (!batch.isEmpty()) {
            running++;
        }
        return batch;
    }

    /** Returns when {@link #next} may have something to do, or {@code Long.MAX_VALUE} while only an answer can change that. */
    long wakeAt(long now) {
        while (!queue.isEmpty() && !isLive(queue.peek())) {
            queue.poll();
        }
        Due head = queue.peek();
        if (head == null || running >= policy.maxConcurrency() || (down() && running > 0)) {
            return Long.MAX_VALUE;
        }
        return down() && pausedUntil - head.when > 0 ? pausedUntil : head.when;
    }

    /** Ends one attempt at one entry and puts it back into the queue. */
    void finished(SecretEntry entry, long now, long nextAttempt) {
        entry.finished(now, nextAttempt);
        if (entries.get(entry.path) == entry) {
            enqueue(entry);
        }
    }

    /** A call returned with answers. Returns whether the provider had failed before. */
    boolean answered(Instant clock) {
        running--;
        lastSuccess = clock;
        boolean recovered = down();
        failures = 0;
        return recovered;
    }

    /**
     * A call failed as a whole. Calls that were under way together and fail together count as one failure, else one lost
     * connection would lead straight to the longest pause.
     *
     * @return whether this is news: the first failure in a row, or one from which on it is the credential, or no longer is
     */
    boolean failed(long now, RandomGenerator random, ProviderException cause, Instant clock) {
        running--;
        boolean news = !down() || refused(lastFailure) != refused(cause);
        lastFailure = cause;
        lastFailureAt = clock;
        if (failures == 0 || now - pausedUntil >= 0) {
            failures++;
            pausedUntil = now + PROVIDER_BACKOFF.pause(failures, random);
        }
        return news;
    }

    /** Returns whether the last call failed as a whole, so that the next one is a probe. */
    boolean down() {
        return failures > 0;
    }

    /** Notes how long a call took; null if it gave no answer. */
    void took(@Nullable Duration latency) {
        if (latency != null) {
            lastLatency = latency;
        }
    }

    ProviderStatus status() {
        ProviderException failure = lastFailure;
        return new ProviderStatus(
                state(),
                lastSuccess,
                lastFailureAt,
                failure == null ? null : failure.kind(),
                failure == null ? null : failure.getMessage(),
                lastLatency,
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
        return pausedUntil;
    }

    /** Returns whether such a failure says something about the provider rather than about one secret. */
    static boolean concernsProvider(ProviderException.Kind kind) {
        return switch (kind) {
            case UNAVAILABLE, TIMEOUT, AUTHENTICATION, THROTTLED, CONFIGURATION -> true;
            case PERMISSION, INVALID_ANSWER -> false;
        };
    }

    private void enqueue(SecretEntry entry) {
        queue.add(new Due(entry.due(), sequence++, entry));
    }

    /** An entry that was made due earlier, or dropped, leaves its old place in the queue behind. */
    private boolean isLive(Due due) {
        SecretEntry entry = due.entry;
        return !entry.inFlight() && entry.due() == due.when && entries.get(entry.path) == entry;
    }
}
