package dev.secretproviders.accesslog;

import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.DamagedEntryException;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adds counts to the entries of the store, one entry for each hour and runner, and removes entries that are too old.
 * Processes of the same name that write at the same time do not lose counts, since each write expects the entry that
 * it read. Used by one thread at a time.
 */
final class AccessWriter {
    /** With this many bytes, the eight entries of one read are far below what etcd and its client allow. */
    static final int LARGEST_ENTRY = 256 << 10;

    private static final Logger LOG = LoggerFactory.getLogger(AccessWriter.class);
    private static final int MOST_CONFLICTS = 10;
    /** How much of an entry that is too large stays at each attempt to make it small enough. */
    private static final double KEPT = 0.9;

    private final Store store;
    private final String runner;
    private final int mostEntries;
    private final PendingCounts pending;
    private final Lock changing;
    private final String process = UUID.randomUUID().toString().substring(0, 8);

    /** An entry of the store as it was read. */
    private record Before(long revision, HourCounts counts) {}

    /** @param changing held while a batch moves from {@code pending} to the store */
    AccessWriter(Store store, String runner, int mostEntries, PendingCounts pending, Lock changing) {
        this.store = store;
        this.runner = runner;
        this.mostEntries = mostEntries;
        this.pending = pending;
        this.changing = changing;
    }

    /** Writes all counts. After a failure the rest stays and is written by a later call. */
    void flush() throws StoreException {
        while (true) {
            PendingCounts.Batch batch = pending.next();
            if (batch == null) {
                return;
            }
            changing.lock();
            try {
                write(batch);
                pending.written();
            } finally {
                changing.unlock();
            }
        }
    }

    private void write(PendingCounts.Batch batch) throws StoreException {
        String key = new HourKey(batch.hour(), runner).key();
        for (int conflicts = 0; conflicts < MOST_CONFLICTS; conflicts++) {
            Before before = read(key);
            if (before == null) {
                giveUp(batch, key + " was written by a later version");
                return;
            }
            if (before.counts().has(process, batch.number())) {
                return;
            }
            HourCounts sum = before.counts().and(batch.counts(), mostEntries);
            byte[] bytes = HourFormat.write(sum.writtenBy(process, batch.number()));
            while (bytes.length > LARGEST_ENTRY) {
                sum = sum.keeping((int) (sum.counts().size() * KEPT));
                bytes = HourFormat.write(sum.writtenBy(process, batch.number()));
            }
            Transaction change =
                    Transaction.EMPTY.expecting(key, before.revision()).put(key, bytes);
            if (store.commit(change) instanceof CommitResult.Committed) {
                pending.drop(sum.dropped()
                        - before.counts().dropped()
                        - batch.counts().dropped());
                return;
            }
        }
        throw new StoreException(key + " is changed by too many others at the same time", null);
    }

    /** Reads an entry, or returns null if only a later version can read it. */
    private @Nullable Before read(String key) throws StoreException {
        try {
            Stored stored = store.get(key);
            if (stored == null) {
                return new Before(0, HourCounts.NONE);
            }
            HourCounts counts = HourFormat.read(stored.value());
            return counts == null ? null : new Before(stored.revision(), counts);
        } catch (DamagedEntryException e) {
            LOG.warn("the access log replaces {}, which something other than the runner changed", key);
            return new Before(e.revision(), HourCounts.NONE);
        }
    }

    private void giveUp(PendingCounts.Batch batch, String reason) {
        long events = batch.counts().counts().values().stream()
                .mapToLong(Count::times)
                .sum();
        pending.drop(events);
        LOG.warn("{} events are missing from the access log: {}", events, reason);
    }

    /** Removes the hours before a time, of all runners, and returns the number of entries. */
    int retire(Instant now, Duration retention) throws StoreException {
        String end = HourKey.beginning(HourKey.hourOf(now.minus(retention)));
        int removed = 0;
        while (true) {
            var listing = store.list(Range.prefix(HourKey.PREFIX).to(end).limit(AccessReader.BATCH));
            Transaction change = Transaction.EMPTY;
            for (String key : AccessReader.keys(listing)) {
                change = change.delete(key);
            }
            if (change.deletes().isEmpty()) {
                return removed;
            }
            CommitResult _ = store.commit(change);
            removed += change.deletes().size();
        }
    }
}
