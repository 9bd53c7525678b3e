package dev.secretproviders.audit;

import java.io.IOException;
import java.util.List;

/** Where records are copied to. For one thread, but for {@link #close}. */
sealed interface CopyTarget extends AutoCloseable permits FileTarget, SyslogTarget {
    /** Returns its name for messages. */
    String name();

    /** Writes records; if it fails, all of them may be given to it again. */
    void write(List<AuditRecord> records) throws IOException;

    /** Ends a write that hangs, too. */
    @Override
    void close();
}
