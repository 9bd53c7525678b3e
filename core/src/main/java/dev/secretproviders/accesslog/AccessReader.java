package dev.secretproviders.accesslog;

import dev.secretproviders.store.Listing;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/** Reads the access log newest first: the store's entries together with what this runner did not write yet. Thread-safe. */
final class AccessReader {
    /** How many entries of the store are read at once. */
    static final int BATCH = 8;

    private final Store store;
    private final String runner;
    private final PendingCounts pending;
    private final Lock reading;

    /** Receives hours, newest first. */
    @FunctionalInterface
    interface Visitor {
        /**
         * Receives one hour of one runner.
         *
         * @param counts what is counted, or null if that cannot be read
         * @return whether to go on
         */
        boolean visit(HourKey hour, @Nullable HourCounts counts);
    }

    /** @param reading held while the store and the pending counts are read */
    AccessReader(Store store, String runner, PendingCounts pending, Lock reading) {
        this.store = store;
        this.runner = runner;
        this.pending = pending;
        this.reading = reading;
    }

    /** Visits the hours of a filter before {@code end}, until the visitor has enough. */
    void walk(AccessFilter filter, String end, Visitor visitor) throws StoreException {
        String before = end;
        while (before.compareTo(filter.first()) > 0) {
            Portion portion = portion(filter, before);
            for (Map.Entry<String, Sealed> hour : portion.hours().entrySet()) {
                HourKey key = HourKey.read(hour.getKey());
                if (key != null
                        && (filter.runner() == null || filter.runner().equals(key.runner()))
                        && !visitor.visit(key, hour.getValue().open(filter))) {
                    return;
                }
            }
            before = portion.before();
        }
    }

    /**
     * Some hours.
     *
     * @param hours newest first
     * @param before where the next portion ends; the filter's first key if there is none
     */
    private record Portion(NavigableMap<String, Sealed> hours, String before) {}

    /**
     * The counts of an hour, which are read when they are needed.
     *
     * @param stored the entry of the store, or null for none
     * @param damaged whether there is an entry that cannot be opened
     * @param pending what is not in the store yet
     */
    private record Sealed(@Nullable Stored stored, boolean damaged, HourCounts pending) {
        /** Returns the counts that a filter selects, or null if they cannot be read. */
        @Nullable
        HourCounts open(AccessFilter filter) {
            HourCounts read =
                    damaged ? null : stored == null ? HourCounts.NONE : HourFormat.read(stored.value(), filter);
            return read == null || pending.isEmpty() ? read : read.and(pending, Integer.MAX_VALUE);
        }

        private Sealed with(HourCounts more) {
            return new Sealed(stored, damaged, more);
        }
    }

    private Portion portion(AccessFilter filter, String end) throws StoreException {
        NavigableMap<String, Sealed> found = new TreeMap<>(Collections.reverseOrder());
        String first = filter.first();
        reading.lock();
        try {
            Listing listing = store.list(Range.prefix(HourKey.PREFIX)
                    .from(first)
                    .to(end)
                    .limit(BATCH)
                    .backwards());
            listing.entries().forEach(stored -> found.put(stored.key(), new Sealed(stored, false, HourCounts.NONE)));
            listing.damaged().forEach(key -> found.put(key, new Sealed(null, true, HourCounts.NONE)));
            if (found.size() == BATCH) {
                first = found.lastKey();
            }
            String from = first;
            pending.all().forEach((hour, counts) -> {
                String key = new HourKey(hour, runner).key();
                if (key.compareTo(from) >= 0 && key.compareTo(end) < 0) {
                    found.put(
                            key,
                            found.getOrDefault(key, new Sealed(null, false, HourCounts.NONE))
                                    .with(counts));
                }
            });
        } finally {
            reading.unlock();
        }
        return new Portion(found, first);
    }

    /** Returns the keys of a listing, readable or not. */
    static List<String> keys(Listing listing) {
        List<String> keys = new ArrayList<>(listing.damaged());
        listing.entries().stream().map(Stored::key).forEach(keys::add);
        return keys;
    }

    /** Returns the matching entries of an hour that come after {@code last}, in order; null for all. */
    static List<AccessEntry> entries(
            AccessFilter filter, HourKey hour, @Nullable HourCounts counts, @Nullable Access last) {
        List<AccessEntry> entries = new ArrayList<>();
        if (counts == null) {
            entries.add(entry(hour, Access.hour(Access.UNREADABLE), new Count(0, hour.hour())));
        } else {
            if (counts.dropped() > 0) {
                entries.add(entry(hour, Access.hour(Access.DROPPED), new Count(counts.dropped(), hour.hour())));
            }
            counts.sorted().forEach(counted -> entries.add(entry(hour, counted.getKey(), counted.getValue())));
        }
        entries.removeIf(entry ->
                !filter.matches(entry.what()) || (last != null && entry.what().compareTo(last) <= 0));
        return entries;
    }

    private static AccessEntry entry(HourKey hour, Access what, Count count) {
        return new AccessEntry(hour.hour(), hour.runner(), what, count.times(), count.last());
    }
}
