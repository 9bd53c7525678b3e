package dev.secretproviders.audit;

import java.util.ArrayList;
import java.util.List;

/**
 * Copies of records outside the store: a file, a syslog server, both or none. A copy shows what an attacker removed who
 * can write the store and knows its key. Copies are made after the change. A failed copy is logged and counted, and
 * does not fail the change.
 *
 * <p>Thread-safe.
 */
public final class AuditCopies implements AutoCloseable {
    private static final int QUEUE = 10_000;

    private final List<CopyQueue> queues;

    private AuditCopies(List<CopyTarget> targets, int capacity) {
        queues = targets.stream().map(target -> new CopyQueue(target, capacity)).toList();
    }

    /** Returns no copies. */
    public static AuditCopies none() {
        return new AuditCopies(List.of(), QUEUE);
    }

    /** Returns the copies that the settings ask for. Files and connections are opened with the first record. */
    public static AuditCopies open(AuditSettings settings) {
        return open(settings, QUEUE);
    }

    static AuditCopies open(AuditSettings settings, int capacity) {
        List<CopyTarget> targets = new ArrayList<>();
        if (settings.file() != null) {
            targets.add(new FileTarget(settings.file()));
        }
        if (settings.syslog() != null) {
            targets.add(new SyslogTarget(settings.syslog()));
        }
        return new AuditCopies(targets, capacity);
    }

    /** Takes a record to copy. Returns immediately. */
    void add(AuditRecord record) {
        queues.forEach(queue -> queue.add(record));
    }

    /** Returns how many attempts to copy failed; each is retried. No I/O. */
    public long failures() {
        return queues.stream().mapToLong(CopyQueue::failures).sum();
    }

    /** Returns how many copies were never made. No I/O. */
    public long lost() {
        return queues.stream().mapToLong(CopyQueue::lost).sum();
    }

    /** Waits for a short time until waiting copies are made. */
    @Override
    public void close() {
        queues.forEach(CopyQueue::close);
    }
}
