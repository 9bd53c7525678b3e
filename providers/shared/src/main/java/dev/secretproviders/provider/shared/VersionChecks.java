package dev.secretproviders.provider.shared;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Whether a manager may be asked for the version of a secret without its value. Credentials often have the right to read values
 * only; after a refusal the manager is not asked that again for a while, since each question would cost a call and stand in its audit log.
 *
 * <p>Thread-safe.
 */
public final class VersionChecks {
    /** For how long a refusal counts. */
    public static final Duration PAUSE = Duration.ofMinutes(10);

    private final LongSupplier nanos;
    private volatile boolean refused;
    private volatile long refusedAt;

    /** Creates it; checks are allowed until one is refused. */
    public VersionChecks() {
        this(System::nanoTime);
    }

    VersionChecks(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Returns whether the manager may be asked. */
    public boolean allowed() {
        return !refused || nanos.getAsLong() - refusedAt >= PAUSE.toNanos();
    }

    /** Notes that the manager refused. */
    public void refused() {
        refusedAt = nanos.getAsLong();
        refused = true;
    }
}
