package dev.secretproviders.accesslog;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Counts that are not in the store yet. Bounded: a number of entries for each hour, and a number of hours while the
 * store cannot be written. What is beyond is dropped and counted.
 *
 * <p>Thread-safe.
 */
final class PendingCounts {
    /** As long as a store may be away without a loss. */
    private static final int MOST_HOURS = 24;

    private final int mostEntries;
    private final ReentrantLock lock = new ReentrantLock();
    private final NavigableMap<Instant, Hour> hours = new TreeMap<>();
    private long batches;
    private long dropped;
    private @Nullable Batch batch;

    /** The counts of an hour while they grow. */
    private static final class Hour {
        private final Map<Access, Count> counts = new HashMap<>();
        private long dropped;

        HourCounts frozen() {
            return new HourCounts(new HashMap<>(counts), dropped, Map.of());
        }
    }

    /**
     * Counts that are being written. They stay the same until they are written.
     *
     * @param number grows with each batch of this process
     */
    record Batch(Instant hour, long number, HourCounts counts) {}

    PendingCounts(int mostEntries) {
        this.mostEntries = mostEntries;
    }

    /** Counts an event in its hour. */
    void add(Instant hour, Access access, Count count) {
        lock.lock();
        try {
            Hour counted = hours.computeIfAbsent(hour, _ -> new Hour());
            if (counted.counts.size() < mostEntries || counted.counts.containsKey(access)) {
                counted.counts.merge(access, count, Count::and);
            } else {
                counted.dropped += count.times();
                dropped += count.times();
            }
            while (hours.size() > MOST_HOURS) {
                HourCounts oldest = hours.pollFirstEntry().getValue().frozen();
                dropped += oldest.counts().values().stream()
                        .mapToLong(Count::times)
                        .sum();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Returns the batch to write next: the same one until {@link #written}. Null if there is nothing to write. */
    @Nullable
    Batch next() {
        lock.lock();
        try {
            if (batch == null && !hours.isEmpty()) {
                Map.Entry<Instant, Hour> oldest = hours.pollFirstEntry();
                batch = new Batch(oldest.getKey(), ++batches, oldest.getValue().frozen());
            }
            return batch;
        } finally {
            lock.unlock();
        }
    }

    /** Removes the batch, which is in the store now or is given up. */
    void written() {
        lock.lock();
        try {
            batch = null;
        } finally {
            lock.unlock();
        }
    }

    /** Counts events as dropped. */
    void drop(long events) {
        lock.lock();
        try {
            dropped += events;
        } finally {
            lock.unlock();
        }
    }

    /** Returns how many events were dropped since the start of this process. */
    long dropped() {
        lock.lock();
        try {
            return dropped;
        } finally {
            lock.unlock();
        }
    }

    /** Returns all counts that are not in the store yet. */
    NavigableMap<Instant, HourCounts> all() {
        lock.lock();
        try {
            NavigableMap<Instant, HourCounts> all = new TreeMap<>();
            hours.forEach((hour, counted) -> all.put(hour, counted.frozen()));
            Batch writing = batch;
            if (writing != null) {
                all.merge(writing.hour(), writing.counts(), (some, others) -> others.and(some, mostEntries));
            }
            return all;
        } finally {
            lock.unlock();
        }
    }
}
