package dev.secretproviders.audit;

import dev.secretproviders.crypto.Hmac;
import dev.secretproviders.store.Listing;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the log backwards, in portions. Places rise with time, except for clocks that differ and events that waited to
 * be recorded. {@link #DISORDER} bounds how much disorder a query by time tolerates.
 *
 * <p>Thread-safe.
 */
final class RecordReader {
    private static final Logger LOG = LoggerFactory.getLogger(RecordReader.class);
    /** How far the times of records may be out of order. */
    static final Duration DISORDER = Duration.ofHours(1);

    private static final int PORTION = 500;
    private static final int PROBE = 8;
    private static final int MOST_IN_A_PAGE = 20_000;

    /** A character before all digits, so that no record is between a key and the key with it at the end. */
    private static final String LEAST = "!";

    private final Store store;
    private final Hmac key;
    private final AtomicBoolean foreign = new AtomicBoolean();

    /** @param end the key before which to continue, or null if there are no earlier records */
    record RecordBatch(List<AuditRecord> records, @Nullable String end) {}

    RecordReader(Store store, Hmac key) {
        this.store = store;
        this.key = key;
    }

    /** Answers a query. A page may have fewer records than its limit if many records do not match. */
    AuditLog.Page page(AuditQuery query) throws StoreException {
        List<AuditRecord> found = new ArrayList<>();
        long before = start(query);
        String end = AuditRecord.key(before);
        int most = Math.min(PORTION, Math.max(query.limit() + 1, 50));
        for (int looked = 0; looked < MOST_IN_A_PAGE && end != null; ) {
            RecordBatch portion = read(end, most);
            for (AuditRecord record : portion.records()) {
                if (isTooOld(query, record)) {
                    return new AuditLog.Page(found, null);
                }
                if (found.size() == query.limit()) {
                    return new AuditLog.Page(found, Long.toString(before));
                }
                if (query.matches(record)) {
                    found.add(record);
                }
                before = record.id();
            }
            looked += portion.records().size();
            end = portion.end();
        }
        return new AuditLog.Page(found, end == null ? null : Long.toString(before));
    }

    /** Reads the records before a key, last one first. */
    RecordBatch read(String before, int most) throws StoreException {
        Listing listing = store.list(
                Range.prefix(AuditRecord.PREFIX).to(before).limit(most).backwards());
        List<AuditRecord> records = new ArrayList<>(records(listing));
        records.sort(
                Comparator.comparingLong((AuditRecord record) -> record.id()).reversed());
        List<String> keys = keys(listing);
        return new RecordBatch(records, !keys.isEmpty() && keys.size() >= most ? Collections.min(keys) : null);
    }

    /** Reads the records after a place, in their order. There are none only if the log ends there. */
    List<AuditRecord> after(long id, int most) throws StoreException {
        String from = AuditRecord.key(id + 1);
        while (true) {
            Listing listing =
                    store.list(Range.prefix(AuditRecord.PREFIX).from(from).limit(most));
            List<String> keys = keys(listing);
            List<AuditRecord> records = new ArrayList<>(records(listing));
            if (records.size() < keys.size() && !foreign.getAndSet(true)) {
                LOG.warn(
                        "the store has keys below {} that the audit log never wrote; verify the audit log",
                        AuditRecord.PREFIX);
            }
            if (!records.isEmpty() || keys.size() < most) {
                records.sort(Comparator.comparingLong((AuditRecord record) -> record.id()));
                return records;
            }
            // An attacker may have written any number of keys between two records.
            from = Collections.max(keys) + LEAST;
        }
    }

    private static List<String> keys(Listing listing) {
        return Stream.concat(listing.entries().stream().map(Stored::key), listing.damaged().stream())
                .toList();
    }

    /** Returns the records of a listing. Ignores keys that the log never wrote; verification reports them. */
    private List<AuditRecord> records(Listing listing) {
        List<AuditRecord> records = new ArrayList<>();
        for (Stored stored : listing.entries()) {
            long id = AuditRecord.id(stored.key());
            if (id > 0) {
                records.add(AuditRecord.read(key, id, stored.value()));
            }
        }
        for (String damaged : listing.damaged()) {
            long id = AuditRecord.id(damaged);
            if (id > 0) {
                records.add(AuditRecord.damaged(id, "this record cannot be read"));
            }
        }
        return records;
    }

    static boolean isTooOld(AuditQuery query, AuditRecord record) {
        Instant time = record.time();
        return query.from() != null
                && time != null
                && time.isBefore(query.from().minus(DISORDER));
    }

    /** Returns the place before which the newest record of the query's time span must be. */
    long start(AuditQuery query) throws StoreException {
        Instant to = query.to();
        RecordBatch newest = to == null ? null : read(AuditRecord.key(query.before()), 1);
        if (to == null || newest == null || newest.records().isEmpty()) {
            return query.before();
        }
        Instant limit = to.plus(DISORDER);
        long low = 0;
        long high = newest.records().getFirst().id() + 1;
        // Records before low may match; records from high on cannot.
        while (low + 1 < high) {
            long middle = low + (high - low) / 2;
            Instant time = timeFrom(middle, high);
            if (time == null || time.isBefore(limit)) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return Math.min(query.before(), high);
    }

    /** Returns the time of the first readable record of a span, or null if there is none near its beginning. */
    private @Nullable Instant timeFrom(long first, long end) throws StoreException {
        Listing listing = store.list(Range.prefix(AuditRecord.PREFIX)
                .from(AuditRecord.key(first))
                .to(AuditRecord.key(end))
                .limit(PROBE));
        return records(listing).stream()
                .filter(record -> !record.damaged())
                .min(Comparator.comparingLong(record -> record.id()))
                .map(AuditRecord::time)
                .orElse(null);
    }
}
