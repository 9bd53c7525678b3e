package dev.secretproviders.audit;

import dev.secretproviders.audit.Chain.Entry;
import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.Listing;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Removes old records from the beginning of the log, one batch per transaction. Each transaction also writes an audit
 * record and an anchor, so that the rest can still be verified. The anchor's revision detects runners that do this at
 * the same time.
 */
final class Retirement {
    /** With anchor, head and record, a batch stays below etcd's limit of 128 operations in a transaction. */
    private static final int BATCH = 100;

    private static final int MOST_CONFLICTS = 3;

    private final Chain chain;
    private final InstantSource clock;
    private final Duration retention;

    /** The records to remove: all up to {@code last}, an intact record. */
    private record Batch(List<String> keys, AuditRecord last, int damaged) {}

    Retirement(Chain chain, InstantSource clock, Duration retention) {
        this.chain = chain;
        this.clock = clock;
        this.retention = retention;
    }

    /** Removes records that are too old, and returns their number. */
    int retire() throws StoreException {
        int removed = 0;
        int conflicts = 0;
        while (conflicts < MOST_CONFLICTS && !retention.isZero()) {
            ChainAnchor anchor = chain.anchor();
            if (anchor == null) {
                throw new StoreException(
                        ChainAnchor.KEY
                                + " was changed by something other than the runner, so that no audit records are"
                                + " removed; look with: audit verify, then restore a backup of the store",
                        null);
            }
            Batch batch = oldest(anchor);
            if (batch == null) {
                return removed;
            }
            CommitResult result = remove(anchor, batch);
            switch (result) {
                case CommitResult.Committed _ -> removed += batch.keys().size();
                case CommitResult.Conflict _ -> conflicts++;
            }
        }
        return removed;
    }

    private CommitResult remove(ChainAnchor anchor, Batch batch) throws StoreException {
        ChainAnchor moved = new ChainAnchor(batch.last().id() + 1, batch.last().hmac(), 0);
        Transaction changes = Transaction.EMPTY
                .expecting(ChainAnchor.KEY, anchor.revision())
                .put(ChainAnchor.KEY, moved.bytes(chain.key()));
        for (String key : batch.keys()) {
            changes = changes.delete(key);
        }
        String message = "records %d to %d were removed, being older than %s"
                .formatted(anchor.first(), batch.last().id(), days());
        if (batch.damaged() > 0) {
            message += "; %d of them were damaged or missing".formatted(batch.damaged());
        }
        AuditEvent event =
                AuditEvent.done(EventCode.AUDIT_RETIRE, Actor.RUNNER, "audit").withMessage(message);
        return chain.append(changes, List.of(new Entry(clock.instant(), event)));
    }

    private String days() {
        return retention.toDaysPart() > 0 && retention.equals(Duration.ofDays(retention.toDays()))
                ? retention.toDays() + " days"
                : retention.toString();
    }

    /**
     * Returns the oldest records that are due. A damaged record is removed only together with a later, intact one that
     * is due, since its own age is unknown.
     */
    private @Nullable Batch oldest(ChainAnchor anchor) throws StoreException {
        Instant limit = clock.instant().minus(retention);
        Listing listing = chain.store()
                .list(Range.prefix(AuditRecord.PREFIX)
                        .from(AuditRecord.key(anchor.first()))
                        .limit(BATCH));
        AuditRecord last = null;
        int intact = 0;
        boolean reachedIntact = false;
        for (Stored stored : listing.entries()) {
            long id = AuditRecord.id(stored.key());
            AuditRecord record = id < 0 ? null : AuditRecord.read(chain.key(), id, stored.value());
            Instant time = record == null ? null : record.time();
            if (record != null && time != null) {
                reachedIntact = true;
                if (!time.isBefore(limit)) {
                    break;
                }
                last = record;
                intact++;
            }
        }
        if (last == null) {
            if (!reachedIntact && listing.entries().size() == BATCH) {
                throw new StoreException(
                        "the " + BATCH + " oldest audit records are damaged, so that it is unknown which are due;"
                                + " look with: audit verify, then restore a backup of the store",
                        null);
            }
            return null;
        }
        String end = AuditRecord.key(last.id());
        List<String> keys = listing.entries().stream()
                .map(Stored::key)
                .filter(key -> AuditRecord.id(key) > 0 && key.compareTo(end) <= 0)
                .toList();
        return new Batch(keys, last, (int) (last.id() - anchor.first() + 1) - intact);
    }
}
