package dev.secretproviders.audit;

import dev.secretproviders.crypto.Hmac;
import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.CommitResult.Committed;
import dev.secretproviders.store.CommitResult.Conflict;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import dev.secretproviders.timing.LinearBackoff;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Appends records, one transaction after the other. The head is remembered between transactions, so that an append
 * without a concurrent writer needs a single round trip.
 *
 * <p>Thread-safe.
 */
final class Chain {
    static final String OWN_KEYS = "audit/";
    private static final int MOST_ATTEMPTS = 60;
    /** Limits the attempts that are remembered. On a full disk each call adds one, until an operator makes room. */
    private static final int MOST_UNKNOWN = 100;

    private static final LinearBackoff BACKOFF = new LinearBackoff(Duration.ofMillis(2), Duration.ofMillis(50));
    /** Half of the disorder that readers tolerate; the other half is for clocks that differ. */
    private static final Duration LATE = RecordReader.DISORDER.dividedBy(2);

    private final Store store;
    private final Hmac key;
    private final InstantSource clock;
    private final Consumer<AuditRecord> written;
    private final ReentrantLock lock = new ReentrantLock();

    /** Null if the head must be read first. */
    private @Nullable ChainHead head;

    /** The last place that is known to be taken. */
    private long seen;

    private final List<Attempt> unknown = new ArrayList<>();

    /**
     * An event to append. It may be given to {@link #append} again if it is unknown whether it was written.
     *
     * @param time the time of the event
     */
    record Entry(Instant time, AuditEvent event) {}

    /**
     * A transaction whose outcome is unknown.
     *
     * @param expectedRevision the head's revision that its condition names
     */
    private record Attempt(List<Entry> entries, List<AuditRecord> records, long expectedRevision) {}

    /** @param written receives each record once it is written, in order, and returns immediately */
    Chain(Store store, Hmac key, InstantSource clock, Consumer<AuditRecord> written) {
        this.store = store;
        this.key = key;
        this.clock = clock;
        this.written = written;
    }

    Store store() {
        return store;
    }

    Hmac key() {
        return key;
    }

    /** Returns the last place that is known to be taken. */
    long seen() {
        lock.lock();
        try {
            return seen;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Makes the changes and writes their records, all or nothing. If the changes are empty, entries that an earlier
     * call has written are not written again.
     *
     * @return the result; a conflict if a condition of {@code changes} does not hold
     */
    CommitResult append(Transaction changes, List<Entry> entries) throws StoreException {
        lock.lock();
        try {
            for (int attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
                ChainHead before = head();
                CommitResult earlier = settle(before, entries);
                if (earlier != null) {
                    return earlier;
                }
                CommitResult result = attempt(before, changes, entries);
                switch (result) {
                    case Committed _ -> {
                        return result;
                    }
                    case Conflict(Set<String> keys) -> {
                        if (keys.contains(ChainHead.KEY)) {
                            head = null;
                        }
                        Set<String> others = new HashSet<>(keys);
                        others.remove(ChainHead.KEY);
                        if (!others.isEmpty()) {
                            return new Conflict(others);
                        }
                    }
                }
                BACKOFF.pause(attempt);
            }
            throw new StoreException(
                    "the audit log has too many writers at once, nothing was changed; try again", null);
        } finally {
            lock.unlock();
        }
    }

    private CommitResult attempt(ChainHead before, Transaction changes, List<Entry> entries) throws StoreException {
        List<AuditRecord> records = new ArrayList<>();
        Transaction all = changes.expecting(ChainHead.KEY, before.revision());
        long id = before.last();
        String previous = before.hmac();
        for (Entry entry : entries) {
            id++;
            Entry dated = dated(entry);
            AuditRecord record = AuditRecord.of(key, id, dated.time(), dated.event(), previous);
            previous = record.hmac();
            all = all.put(AuditRecord.key(id), record.bytes());
            records.add(record);
        }
        ChainHead after = new ChainHead(id, previous, before.revision());
        all = all.put(ChainHead.KEY, after.bytes(key));
        // If this call ends early, the next one reads the head again.
        head = null;
        CommitResult result;
        try {
            result = store.commit(all);
        } catch (StoreException | RuntimeException e) {
            if (unknown.size() == MOST_UNKNOWN) {
                unknown.removeFirst();
            }
            unknown.add(new Attempt(entries, records, before.revision()));
            throw e;
        }
        switch (result) {
            case Committed(long revision) -> {
                head = new ChainHead(id, previous, revision);
                seen = id;
                records.forEach(written);
            }
            case Conflict _ -> head = before;
        }
        return result;
    }

    /**
     * Returns an entry that waited for long with the time of its recording and a note, since queries by time rely on a
     * rough order.
     */
    private Entry dated(Entry entry) {
        Instant now = clock.instant();
        if (entry.time().plus(LATE).isAfter(now)) {
            return entry;
        }
        String message = entry.event().message();
        String said = "happened at " + entry.time() + " and could not be recorded before";
        return new Entry(now, entry.event().withMessage(message == null ? said : said + ": " + message));
    }

    /**
     * Finds out about transactions whose outcome is unknown. While the head is still the one that they expect, a server
     * may still make them.
     *
     * @return the result for {@code entries}, if they were among those transactions and written
     */
    @SuppressWarnings("ReferenceEquality") // The same list as before, not an equal one.
    private @Nullable CommitResult settle(ChainHead now, List<Entry> entries) throws StoreException {
        CommitResult found = null;
        for (Attempt attempt : List.copyOf(unknown)) {
            if (attempt.expectedRevision() == now.revision()) {
                continue;
            }
            AuditRecord last = attempt.records().getLast();
            Stored stored = store.get(AuditRecord.key(last.id()));
            unknown.remove(attempt);
            if (stored != null && Arrays.equals(stored.value(), last.bytes())) {
                attempt.records().forEach(written);
                // A repeated attempt has the same bytes, and counts once.
                unknown.removeIf(
                        other -> Arrays.equals(other.records().getLast().bytes(), last.bytes()));
                found = attempt.entries() == entries ? new Committed(now.revision()) : found;
            }
        }
        return found;
    }

    private ChainHead head() throws StoreException {
        ChainHead known = head;
        if (known == null) {
            known = readHead();
            if (known.last() < seen) {
                throw new StoreException(
                        ("the audit log went back from record %d to %d: the store was put back to an older state or tampered"
                                        + " with. Nothing is changed until the runner is restarted; look with: audit verify")
                                .formatted(seen, known.last()),
                        null);
            }
            seen = known.last();
            head = known;
        }
        return known;
    }

    private ChainHead readHead() throws StoreException {
        Stored stored = store.get(ChainHead.KEY);
        ChainHead read;
        if (stored != null) {
            read = ChainHead.read(key, stored.value(), stored.revision());
        } else {
            // Another runner may have written the very first record since.
            boolean empty =
                    store.list(Range.prefix(OWN_KEYS).limit(1)).entries().isEmpty();
            Stored again = empty ? null : store.get(ChainHead.KEY);
            read = empty
                    ? ChainHead.EMPTY
                    : again == null ? null : ChainHead.read(key, again.value(), again.revision());
        }
        if (read == null) {
            throw new StoreException(
                    ChainHead.KEY
                            + " is missing or was changed by something other than the runner, so that no change can be"
                            + " recorded and none is made; look with: audit verify, then restore a backup of the store",
                    null);
        }
        return read;
    }

    /** Returns the beginning of the log, or null if it was tampered with. */
    @Nullable
    ChainAnchor anchor() throws StoreException {
        Stored stored = store.get(ChainAnchor.KEY);
        return stored == null ? ChainAnchor.NONE : ChainAnchor.read(key, stored.value(), stored.revision());
    }
}
