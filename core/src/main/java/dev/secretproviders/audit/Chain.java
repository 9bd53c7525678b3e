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
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Appends records, one transaction after the other. The head is remembered between transactions, so that one which nobody
 * interferes with is a single round trip.
 *
 * <p>Thread-safe.
 */
final class Chain {
    static final String OWN_KEYS = "audit/";
    private static final int MOST_ATTEMPTS = 60;
    /** A full disk brings a new one with every call, and there may be many before somebody makes room. */
    private static final int MOST_UNKNOWN = 100;

    private static final Duration LONGEST_PAUSE = Duration.ofMillis(50);
    /** Leaves the other half of what readers allow for to clocks that differ. */
    private static final Duration LATE = RecordReader.DISORDER.dividedBy(2);

    private final Store store;
    private final Hmac key;
    private final InstantSource clock;
    private final Consumer<AuditRecord> written;
    private final ReentrantLock lock = new ReentrantLock();

    /** Null if it must be read first. */
    private @Nullable ChainHead head;

    /** The last place that this process knows to be taken. */
    private long seen;

    private final List<Attempt> unknown = new ArrayList<>();

    /**
     * What is recorded together. May be given to {@link #append} again if it is not known whether it was written.
     *
     * @param time when it happened
     */
    record Entry(Instant time, AuditEvent event) {}

    /**
     * A transaction whose end is not known.
     *
     * @param expectedRevision the head's revision that it demands
     */
    private record Attempt(List<Entry> entries, List<AuditRecord> records, long expectedRevision) {}

    /** @param written is told of each record once it is written, in order, and returns at once */
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

    /** Returns the last place that this process knows to be taken. */
    long seen() {
        lock.lock();
        try {
            return seen;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Makes the changes and writes their records, or nothing of it. Entries that turn out to have been written by a call before
     * are not written again, if the changes are empty.
     *
     * @return the conflict, if conditions other than that on the head do not hold
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
                pause(attempt);
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
        // Whatever ends this call early leaves a head that is read again.
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

    /** What had to wait for long is dated by when it was recorded, and says so: queries by time rely on a rough order. */
    private Entry dated(Entry entry) {
        Instant now = clock.instant();
        if (entry.time().plus(LATE).isAfter(now)) {
            return entry;
        }
        String message = entry.event().message();
        String said = "happened at " + entry.time() + " and could not be recorded before";
        return new Entry(now, entry.event().saying(message == null ? said : said + ": " + message));
    }

    /**
     * Finds out about transactions whose end was not known. As long as the head is the one that they expected they may still be
     * made, by a server that had not read them yet.
     *
     * @return what became of {@code entries}, if they were among them and written
     */
    @SuppressWarnings("ReferenceEquality") // The very list that was given before, not one like it.
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
                // A repeated attempt is the same bytes, and counts once.
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
                                        + " with. Nothing is changed until the runner was restarted; look with: audit verify")
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

    /** Returns the beginning of the log, or null if it is not what was written. */
    @Nullable
    ChainAnchor anchor() throws StoreException {
        Stored stored = store.get(ChainAnchor.KEY);
        return stored == null ? ChainAnchor.NONE : ChainAnchor.read(key, stored.value(), stored.revision());
    }

    private static void pause(int attempt) {
        long longest = Math.min(LONGEST_PAUSE.toNanos(), attempt * 2_000_000L);
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(longest));
    }
}
