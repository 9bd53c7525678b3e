package dev.secretproviders.resolve;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The secrets of one provider by urgency, and then by when they are due. Guarded by the resolver's lock. */
final class DueQueue {
    private final Map<Urgency, PriorityQueue<Place>> queues = new EnumMap<>(Urgency.class);
    private final Predicate<SecretEntry> kept;
    private long sequence;

    /** What goes first where not all that is due can be asked for at once. */
    enum Urgency {
        /** An operator asked for it by name, or the manager told of a change. */
        REQUESTED,
        /** Nothing is known of it, so that requests with its key are turned away; or all secrets are asked for again. */
        ELEVATED,
        /** What is known of it is confirmed; or it was asked for more than once and fails. */
        ROUTINE
    }

    /** Of those due at one time the earlier one goes first, so that a cold start finishes in the order asked for. */
    private record Place(long when, long sequence, SecretEntry entry, Urgency urgency) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            long difference = when - other.when;
            return difference != 0 ? Long.signum(difference) : Long.compare(sequence, other.sequence);
        }
    }

    /** @param kept whether an entry was not dropped since it was added */
    DueQueue(Predicate<SecretEntry> kept) {
        this.kept = kept;
        for (Urgency urgency : Urgency.values()) {
            queues.put(urgency, new PriorityQueue<>());
        }
    }

    /** Adds an entry for the time at which it is due. Its place from before, if it has one, counts no more. */
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

    /** Returns the entry that is due first, however urgent it is; null if none waits. */
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

    /** An entry that was made due earlier, or more urgent, or dropped, leaves its old place in the queue behind. */
    private boolean isLive(Place place) {
        SecretEntry entry = place.entry;
        return !entry.inFlight() && entry.due() == place.when && entry.urgency() == place.urgency && kept.test(entry);
    }
}
