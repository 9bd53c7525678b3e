package dev.secretproviders.e2e;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;

/** Counts a runner's answers to keys and keeps those that were wrong. Safe for use by several threads. */
final class Decisions {
    private final Map<Key, LongAdder> counts = new EnumMap<>(Key.class);
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();

    /** The state of a key when it is used. */
    enum Key {
        CURRENT(200),
        /** From before a rotation, within its overlap. */
        PREVIOUS(200),
        /** From before a rotation, after its overlap. */
        ENDED(401),
        REVOKED(401),
        /** Of a consumer that was deleted. */
        DELETED(401),
        /** A key of no consumer. */
        UNKNOWN(401);

        private final int status;

        Key(int status) {
            this.status = status;
        }
    }

    Decisions() {
        for (Key key : Key.values()) {
            counts.put(key, new LongAdder());
        }
    }

    void judge(Key key, int status, String value) {
        counter(key).increment();
        if (status != key.status) {
            wrong.add("%d for %s (%s)".formatted(status, value, key));
        }
    }

    private LongAdder counter(Key key) {
        return Objects.requireNonNull(counts.get(key));
    }

    List<String> wrong() {
        return List.copyOf(wrong);
    }

    long count(Key key) {
        return counter(key).sum();
    }

    long count() {
        return counts.values().stream().mapToLong(LongAdder::sum).sum();
    }
}
