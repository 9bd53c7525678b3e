package dev.secretproviders.audit;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Copies of records outside the store. A copy shows what an attacker removed who can write the store and knows its key.
 * Copies are made after the change. A failed copy is logged and counted, and does not fail the change.
 *
 * <p>Thread-safe.
 */
public final class AuditCopies implements AutoCloseable {
    private static final int QUEUE = 10_000;

    private final List<Copying> all;

    private AuditCopies(List<CopyTarget> targets, int capacity) {
        all = new CopyOnWriteArrayList<>(
                targets.stream().map(target -> new CopyQueue(target, capacity)).toList());
    }

    /** Returns no copies. */
    public static AuditCopies none() {
        return to(List.of());
    }

    /**
     * Returns copies to targets. Records that this runner writes wait in memory while a target fails.
     *
     * @param targets closed with the copies
     */
    public static AuditCopies to(List<CopyTarget> targets) {
        return to(targets, QUEUE);
    }

    static AuditCopies to(List<CopyTarget> targets, int capacity) {
        return new AuditCopies(targets, capacity);
    }

    /** Begins to deliver the log to another target; closed with the copies. */
    void deliver(Delivery delivery) {
        all.add(delivery);
    }

    /** Takes a record to copy. Returns immediately. */
    void add(AuditRecord record) {
        all.forEach(copying -> copying.add(record));
    }

    /** Returns how the copies to each target go. No I/O. */
    public List<CopyStatus> statuses() {
        return all.stream().map(Copying::status).toList();
    }

    /** Returns how many attempts to copy failed; each is retried. No I/O. */
    public long failures() {
        return statuses().stream().mapToLong(CopyStatus::failures).sum();
    }

    /** Returns how many copies were never made. No I/O. */
    public long lost() {
        return statuses().stream().mapToLong(CopyStatus::lost).sum();
    }

    /** Waits for a short time until waiting copies are made. */
    @Override
    public void close() {
        all.forEach(Copying::close);
    }
}
