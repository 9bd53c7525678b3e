package dev.secretproviders.accesslog;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The counts of one runner in one hour. Immutable.
 *
 * @param counts what happened how often
 * @param dropped how many events were not counted in {@code counts}
 * @param writes for the latest processes that wrote it, the number of the last batch; so that a batch is added once
 */
record HourCounts(Map<Access, Count> counts, long dropped, Map<String, Long> writes) {
    static final HourCounts NONE = new HourCounts(Map.of(), 0, Map.of());

    /** More processes than write one hour between a write and its repetition. */
    private static final int MOST_WRITERS = 32;

    HourCounts {
        counts = Collections.unmodifiableMap(counts);
        writes = Collections.unmodifiableMap(writes);
    }

    /** Returns the counts in the order of the log. */
    List<Map.Entry<Access, Count>> sorted() {
        List<Map.Entry<Access, Count>> sorted = new ArrayList<>(counts.entrySet());
        sorted.sort(Map.Entry.comparingByKey());
        return sorted;
    }

    boolean isEmpty() {
        return counts.isEmpty() && dropped == 0;
    }

    /** Returns whether a batch was added. */
    boolean has(String process, long batch) {
        return writes.getOrDefault(process, 0L) >= batch;
    }

    /**
     * Returns these counts and further ones. Kinds of events that are new beyond the limit are dropped: routine checks
     * first, so that uses and failures stay.
     */
    HourCounts and(HourCounts more, int mostEntries) {
        Map<Access, Count> all = new HashMap<>(counts);
        long lost = dropped + more.dropped;
        for (boolean routine : new boolean[] {false, true}) {
            for (Map.Entry<Access, Count> entry : more.counts.entrySet()) {
                if (isRoutine(entry.getKey()) != routine) {
                    continue;
                }
                if (all.size() < mostEntries || all.containsKey(entry.getKey())) {
                    all.merge(entry.getKey(), entry.getValue(), Count::and);
                } else {
                    lost += entry.getValue().times();
                }
            }
        }
        return new HourCounts(all, lost, writes);
    }

    private static boolean isRoutine(Access access) {
        return access.outcome().equals("checked") || access.outcome().equals("unchanged");
    }

    /** Returns these counts with a note of the batch that was added last. */
    HourCounts writtenBy(String process, long batch) {
        Map<String, Long> all = new LinkedHashMap<>(writes);
        all.remove(process);
        all.put(process, batch);
        while (all.size() > MOST_WRITERS) {
            all.remove(all.keySet().iterator().next());
        }
        return new HourCounts(counts, dropped, all);
    }

    /** Returns these counts without some of the entries, which count as dropped. */
    HourCounts keeping(int entries) {
        Map<Access, Count> kept = new HashMap<>();
        long lost = dropped;
        for (Map.Entry<Access, Count> entry : sorted()) {
            if (kept.size() < entries) {
                kept.put(entry.getKey(), entry.getValue());
            } else {
                lost += entry.getValue().times();
            }
        }
        return new HourCounts(kept, lost, writes);
    }
}
