package dev.secretproviders.resolve;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The secrets of one provider, ordered by urgency and then by due time. Guarded by the resolver's lock. */
final class DueQueue {
    private final Map<Urgency, PriorityQueue<Place>> queues = new EnumMap<>(Urgency.class);
    private final Predicate<SecretEntry> kept;
    private long sequence;

    /** Decides which secrets go first when not all due secrets can be fetched at once. */
    enum Urgency {
        /** An operator requested the secret by name, or the manager reported a change. */
        REQUESTED,
        /** The secret is unknown, so requests with its key are refused; or all secrets are fetched again. */
        ELEVATED,
        /** A known secret is confirmed, or a secret failed more than once. */
        ROUTINE
    }

    /**
     * Entries due at the same time keep their order, so that a cold start resolves secrets in the order of the
     * references.
     */
    private record Place(long when, long sequence, SecretEntry entry, Urgency urgency) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            long difference = when - other.when;
            return difference != 0 ? Long.signum(difference) : Long.compare(sequence, other.sequence);
        }
    }

    /** @param kept returns whether an entry is still in use */
    DueQueue(Predicate<SecretEntry> kept) {
        this.kept = kept;
        for (Urgency urgency : Urgency.values()) {
            queues.put(urgency, new PriorityQueue<>());
        }
    }

    /** Adds an entry with the time at which it is due. An earlier place of the entry becomes invalid. */
    void add(SecretEntry entry, Urgency urgency) {
        entry.urgency(urgency);
        queue(urgency).add(new Place(entry.due(), sequence++, entry, urgency));
    }

    /** Returns the most urgent entry that is due, or null if none is. */
    @Nullable
    SecretEntry firstDue(long now) {
        for (PriorityQueue<Place> queue : queues.values()) {
            Place head = peekLive(queue);
            if (head != null && head.when - now <= 0) {
                return head.entry;
            }
        }
        return null;
    }

    /** Removes the entry that {@link #firstDue} returned. */
    void remove(SecretEntry first) {
        queue(first.urgency()).remove();
    }

    /** Returns the entry that is due first, whatever its urgency; null if the queue is empty. */
    @Nullable
    SecretEntry earliest() {
        Place first = null;
        for (PriorityQueue<Place> queue : queues.values()) {
            Place head = peekLive(queue);
            if (head != null && (first == null || head.when - first.when < 0)) {
                first = head;
            }
        }
        return first == null ? null : first.entry;
    }

    void clear() {
        queues.values().forEach(PriorityQueue::clear);
    }

    private PriorityQueue<Place> queue(Urgency urgency) {
        return Objects.requireNonNull(queues.get(urgency));
    }

    private @Nullable Place peekLive(PriorityQueue<Place> queue) {
        Place head = queue.peek();
        while (head != null && !isLive(head)) {
            queue.poll();
            head = queue.peek();
        }
        return head;
    }

    /** Returns whether a place is valid. An entry that was moved or dropped leaves its old place in the queue. */
    private boolean isLive(Place place) {
        SecretEntry entry = place.entry;
        return !entry.inFlight() && entry.due() == place.when && entry.urgency() == place.urgency && kept.test(entry);
    }
}
