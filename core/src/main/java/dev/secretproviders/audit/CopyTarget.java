package dev.secretproviders.audit;

import java.io.IOException;
import java.util.List;

/** A destination of copied records. For one thread, except {@link #close}. */
sealed interface CopyTarget extends AutoCloseable permits FileTarget, SyslogTarget {
    /** Returns the target's name for messages. */
    String name();

    /** Writes records. After a failure, the caller may pass all of them again. */
    void write(List<AuditRecord> records) throws IOException;

    /** Closes the target, which also ends a hanging write. */
    @Override
    void close();
}
