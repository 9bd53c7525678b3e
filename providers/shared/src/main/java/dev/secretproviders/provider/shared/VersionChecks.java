package dev.secretproviders.provider.shared;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Decides whether a manager may be asked for the version of a secret without its value. Many credentials may only read
 * values. After a refusal the manager is not asked again for a while, since each attempt costs a call and appears in
 * its audit log.
 *
 * <p>Thread-safe.
 */
public final class VersionChecks {
    /** How long a refusal counts. */
    public static final Duration PAUSE = Duration.ofMinutes(10);

    private final LongSupplier nanos;
    private volatile boolean refused;
    private volatile long refusedAt;

    /** Creates the state; checks are allowed until one is refused. */
    public VersionChecks() {
        this(System::nanoTime);
    }

    VersionChecks(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Returns whether the manager may be asked for a version. */
    public boolean allowed() {
        return !refused || nanos.getAsLong() - refusedAt >= PAUSE.toNanos();
    }

    /** Records a refusal by the manager. */
    public void refused() {
        refusedAt = nanos.getAsLong();
        refused = true;
    }
}
