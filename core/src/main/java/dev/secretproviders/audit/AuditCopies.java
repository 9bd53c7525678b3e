package dev.secretproviders.audit;

import java.util.ArrayList;
import java.util.List;

/**
 * Copies of records outside of the store: a file, a syslog server, both or none. A copy shows what was removed by somebody who can
 * write the store and knows its key. It is made after the change; a copy that fails is said and counted, and refuses nothing.
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

    /** Takes a record to copy. Returns at once. */
    void add(AuditRecord record) {
        queues.forEach(queue -> queue.add(record));
    }

    /** Returns how many attempts to copy failed; each was followed by another one. No I/O. */
    public long failures() {
        return queues.stream().mapToLong(CopyQueue::failures).sum();
    }

    /** Returns how many copies were never made. No I/O. */
    public long lost() {
        return queues.stream().mapToLong(CopyQueue::lost).sum();
    }

    /** Gives waiting copies a moment to be made. */
    @Override
    public void close() {
        queues.forEach(CopyQueue::close);
    }
}
