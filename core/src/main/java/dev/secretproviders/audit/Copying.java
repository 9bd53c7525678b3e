package dev.secretproviders.audit;

/** Copies records to one target. Thread-safe. */
sealed interface Copying extends AutoCloseable permits CopyQueue, Delivery {
    /** Takes note of a record that this runner wrote. Returns immediately. */
    void add(AuditRecord record);

    /** Returns how the copies go. No I/O. */
    CopyStatus status();

    /** Waits for a short time until waiting records are copied, then closes the target. */
    @Override
    void close();
}
