package dev.secretproviders.audit;

import java.io.IOException;
import java.util.List;

/** A destination of copied records. For one thread, except {@link #close}. */
public interface CopyTarget extends AutoCloseable {
    /** Returns the kind of the target for metrics, such as {@code syslog}. */
    String kind();

    /** Returns the target's name for messages, without secrets. */
    String name();

    /** Returns how many records one {@link #write} takes at most. */
    default int mostAtOnce() {
        return 100;
    }

    /**
     * Writes records. After a failure, the caller may pass all of them again.
     *
     * @throws IOException if not all of them were written; the message has no secrets
     */
    void write(List<AuditRecord> records) throws IOException;

    /**
     * Returns how many records it refused for good since the last call, although it answered that it has them. The caller
     * must not pass them again.
     */
    default long takeRefused() {
        return 0;
    }

    /** Closes the target, which also ends a hanging write. */
    @Override
    void close();
}
