package dev.secretproviders.admin.operation;

import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.Verification;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.system.LowPriority;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Verifies the audit log in the background, once at a time and with low priority, so that requests do not wait for it.
 * Keeps the last result until the runner ends. Thread-safe; no method waits for a verification.
 */
final class Verifications implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Verifications.class);

    private final AuditLog audit;
    private final InstantSource clock;
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(LowPriority.threads("audit-verification-"));

    private @Nullable Running running;
    private @Nullable Ended last;

    /**
     * A verification that is under way.
     *
     * @param by the name of the caller
     * @param records how many records are verified so far
     */
    record Running(Instant since, String by, long records) {}

    /**
     * A verification that is over.
     *
     * @param by the name of the caller
     * @param result what was found, or null if the log could not be read
     */
    record Ended(
            Instant since, Instant at, String by, @Nullable Verification result) {}

    /** The verification that is under way and the last one that ended. Null for none. */
    record State(@Nullable Running running, @Nullable Ended last) {}

    Verifications(AuditLog audit, InstantSource clock) {
        this.audit = audit;
        this.clock = clock;
    }

    /** Returns the state of this moment. */
    synchronized State state() {
        return new State(running, last);
    }

    /** Begins a verification, unless one is under way. Returns the state after that. */
    synchronized State begin(String by) {
        if (running == null) {
            Instant now = now();
            running = new Running(now, by, 0);
            thread.execute(() -> run(now, by));
        }
        return state();
    }

    private void run(Instant since, String by) {
        Verification result = null;
        try {
            result = audit.verifyAlone(records -> progress(new Running(since, by, records)));
        } catch (StoreException | RuntimeException e) {
            LOG.warn("the audit log was not verified: {}", e.getMessage());
        } finally {
            end(new Ended(since, now(), by, result));
        }
    }

    private synchronized void progress(Running now) {
        running = now;
    }

    private synchronized void end(Ended ended) {
        running = null;
        last = ended;
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    /** Lets a verification that is under way end with the store. An interruption would close the store's file. */
    @Override
    public void close() {
        thread.shutdown();
    }
}
