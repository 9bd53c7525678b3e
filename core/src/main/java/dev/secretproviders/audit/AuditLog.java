package dev.secretproviders.audit;

import dev.secretproviders.audit.Chain.Entry;
import dev.secretproviders.crypto.Hmac;
import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Transaction;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The audit log. Each record carries an HMAC over itself and the HMAC of the record before it. It is written in the
 * transaction of the change that it records, so a change without its record is impossible. Several runners on one store
 * write one log.
 *
 * <p>Thread-safe. All methods but {@link #recordSoon} and the counters block for I/O.
 */
public final class AuditLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);
    private static final int QUEUE = 10_000;
    private static final Duration RETIREMENT = Duration.ofDays(1);
    /** Short, because APISIX restarts its runner at each reload, often before a day is over. */
    private static final Duration FIRST_RETIREMENT = Duration.ofMinutes(5);

    private static final int PORTION = 500;

    private final Chain chain;
    private final InstantSource clock;
    private final AuditCopies copies;
    private final EventQueue queue;
    private final RecordReader reader;
    private final Retirement retirement;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("audit-retention").factory());

    /**
     * A page of records, newest first.
     *
     * @param records the records
     * @param next the cursor of the next page, or null if there is none. A page may be short, even empty, and still
     *     have a next one, if few of many records match
     */
    public record Page(List<AuditRecord> records, @Nullable String next) {
        public Page {
            records = List.copyOf(records);
        }
    }

    private AuditLog(
            Store store, Hmac key, InstantSource clock, Duration retention, AuditCopies copies, int queueCapacity) {
        this.chain = new Chain(store, key, clock, copies::add);
        this.clock = clock;
        this.copies = copies;
        this.queue = new EventQueue(chain, clock, queueCapacity);
        this.reader = new RecordReader(store, key);
        this.retirement = new Retirement(chain, clock, retention);
        if (!retention.isZero()) {
            long first = FIRST_RETIREMENT.toSeconds();
            // A random delay, so that runners that started together do not retire records together.
            long delay = first / 2 + ThreadLocalRandom.current().nextLong(first);
            var _ = timer.scheduleWithFixedDelay(this::retireAndLog, delay, RETIREMENT.toSeconds(), TimeUnit.SECONDS);
        }
    }

    /**
     * Opens the log of a store. No I/O.
     *
     * @param store owned by the caller, which closes it after the log
     * @param chainKey the key of the HMACs, the same for all runners on the store, for as long as the log exists
     * @param retention how long records are kept; 0 means without limit
     * @param copies where records are copied to; closed with the log
     */
    public static AuditLog open(
            Store store, Hmac chainKey, InstantSource clock, Duration retention, AuditCopies copies) {
        return open(store, chainKey, clock, retention, copies, QUEUE);
    }

    static AuditLog open(
            Store store, Hmac chainKey, InstantSource clock, Duration retention, AuditCopies copies, int queue) {
        return new AuditLog(store, chainKey, clock, retention, copies, queue);
    }

    /**
     * Makes changes and writes their record in one transaction.
     *
     * @return the result; a conflict if a condition of {@code changes} does not hold, then nothing is changed or
     *     recorded
     * @throws StoreException if the record cannot be written, so that nothing is changed, or if it is unknown whether
     *     both were written
     */
    public CommitResult commit(Transaction changes, AuditEvent event) throws StoreException {
        for (String key : changes.puts().keySet()) {
            refuseReserved(key);
        }
        changes.deletes().forEach(AuditLog::refuseReserved);
        CommitResult result = chain.append(changes, List.of(new Entry(clock.instant(), event)));
        if (result instanceof CommitResult.Committed) {
            ChangeLines.log(event);
        }
        return result;
    }

    private static void refuseReserved(String key) {
        if (key.startsWith(Chain.OWN_KEYS)) {
            throw new IllegalArgumentException(key + " belongs to the audit log");
        }
    }

    /** Records an event without a change. */
    public void record(AuditEvent event) throws StoreException {
        CommitResult _ = commit(Transaction.EMPTY, event);
    }

    /**
     * Records an event soon, on another thread. Never blocks: if too many events wait, the event is dropped and
     * counted, and the number is recorded later.
     */
    public void recordSoon(AuditEvent event) {
        queue.add(event);
    }

    /** Returns how many events given to {@link #recordSoon} were never recorded. No I/O. */
    public long dropped() {
        return queue.dropped();
    }

    /** Returns the copies of the log. */
    public AuditCopies copies() {
        return copies;
    }

    /**
     * Delivers every record of the log to a target, in order and at least once, also those of other runners. A delivery
     * goes on where it ended, even after a restart.
     *
     * @param target closed with the log
     * @param alone whether no other runner has the store open
     */
    public void deliver(CopyTarget target, boolean alone) {
        copies.deliver(
                new Delivery(chain, reader, new DeliveryPlace(chain.store(), target.kind(), clock, alone), target));
    }

    /** Verifies every record. Records that are written meanwhile are not defects. */
    public Verification verify() throws StoreException {
        return verify(_ -> {});
    }

    /**
     * Does the same as {@link #verify()}, with progress reports.
     *
     * @param progress receives from time to time the number of records verified
     */
    public Verification verify(LongConsumer progress) throws StoreException {
        return new ChainWalk(chain, false, progress).walk();
    }

    /** Does the same on the calling thread alone, so that it takes longer and disturbs others less. */
    public Verification verifyAlone(LongConsumer progress) throws StoreException {
        return new ChainWalk(chain, true, progress).walk();
    }

    /** Returns a page of records, newest first. Damaged records are included, whatever the query. */
    public Page query(AuditQuery query) throws StoreException {
        return reader.page(query);
    }

    /**
     * Writes all records that match, newest first, whatever the query's limit. The stream stays open.
     *
     * @throws IOException if the stream cannot be written
     */
    public void export(AuditQuery query, AuditExport.Format format, OutputStream out)
            throws StoreException, IOException {
        AuditExport export = new AuditExport(format, out);
        export.begin();
        String end = AuditRecord.key(reader.start(query));
        while (end != null) {
            RecordReader.RecordBatch portion = reader.read(end, PORTION);
            for (AuditRecord record : portion.records()) {
                if (RecordReader.isTooOld(query, record)) {
                    return;
                }
                if (query.matches(record)) {
                    export.write(record);
                }
            }
            end = portion.end();
        }
    }

    /**
     * Removes records that are older than the retention, and returns their number. A timer also does this once a day.
     */
    public int retire() throws StoreException {
        return retirement.retire();
    }

    private void retireAndLog() {
        try {
            int removed = retire();
            if (removed > 0) {
                LOG.info("{} audit records were older than audit.retention and removed", removed);
            }
        } catch (StoreException | RuntimeException e) {
            LOG.warn("old audit records were not removed; the next attempt is in a day: {}", e.getMessage());
        }
    }

    /** Writes waiting events and copies within a short time limit, then closes the copies. */
    @Override
    public void close() {
        // The timer's thread is not interrupted, because that would close the store's file.
        timer.shutdown();
        queue.close();
        copies.close();
    }
}
