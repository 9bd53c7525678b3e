package dev.secretproviders.accesslog;

import dev.secretproviders.store.Listing;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import java.util.AbstractMap.SimpleImmutableEntry;
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
            for (Map.Entry<HourKey, @Nullable HourCounts> hour : portion.hours()) {
                if (!visitor.visit(hour.getKey(), hour.getValue())) {
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
    private record Portion(List<Map.Entry<HourKey, @Nullable HourCounts>> hours, String before) {}

    private Portion portion(AccessFilter filter, String end) throws StoreException {
        NavigableMap<String, @Nullable HourCounts> found = new TreeMap<>(Collections.reverseOrder());
        String first = filter.first();
        reading.lock();
        try {
            Listing listing = store.list(Range.prefix(HourKey.PREFIX)
                    .from(first)
                    .to(end)
                    .limit(BATCH)
                    .backwards());
            for (Stored stored : listing.entries()) {
                found.put(stored.key(), wanted(filter, stored.key()) ? HourFormat.read(stored.value()) : null);
            }
            listing.damaged().forEach(key -> found.put(key, null));
            if (found.size() == BATCH) {
                first = found.lastKey();
            }
            addPending(found, first, end);
        } finally {
            reading.unlock();
        }
        List<Map.Entry<HourKey, @Nullable HourCounts>> hours = new ArrayList<>();
        for (Map.Entry<String, @Nullable HourCounts> entry : found.entrySet()) {
            HourKey hour = HourKey.read(entry.getKey());
            if (hour != null && wanted(filter, entry.getKey())) {
                hours.add(new SimpleImmutableEntry<>(hour, entry.getValue()));
            }
        }
        return new Portion(hours, first);
    }

    private void addPending(NavigableMap<String, @Nullable HourCounts> found, String first, String end) {
        pending.all().forEach((hour, counts) -> {
            String key = new HourKey(hour, runner).key();
            if (key.compareTo(first) >= 0 && key.compareTo(end) < 0) {
                HourCounts stored = found.get(key);
                found.put(key, stored == null ? counts : stored.and(counts, Integer.MAX_VALUE));
            }
        });
    }

    private static boolean wanted(AccessFilter filter, String key) {
        HourKey hour = HourKey.read(key);
        return hour != null && (filter.runner() == null || filter.runner().equals(hour.runner()));
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
        TreeMap<Access, Count> all = new TreeMap<>();
        if (counts == null) {
            all.put(Access.hour(Access.UNREADABLE), new Count(0, hour.hour()));
        } else {
            all.putAll(counts.counts());
            if (counts.dropped() > 0) {
                all.put(Access.hour(Access.DROPPED), new Count(counts.dropped(), hour.hour()));
            }
        }
        return (last == null ? all : all.tailMap(last, false))
                .entrySet().stream()
                        .filter(entry -> filter.matches(entry.getKey()))
                        .map(entry -> new AccessEntry(
                                hour.hour(),
                                hour.runner(),
                                entry.getKey(),
                                entry.getValue().times(),
                                entry.getValue().last()))
                        .toList();
    }
}
