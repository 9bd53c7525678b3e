package dev.secretproviders.admin.token;

import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.EventCode;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Records wrong tokens by aggregate, so that a flood of them does not push everything else out of the audit log: the first from an
 * address at once, then one record a minute with the number of further ones, until a minute brings none. When too many addresses take
 * part, the others are counted together. What is counted and not yet recorded is recorded at a stop.
 *
 * <p>Thread-safe. Never blocks: records are handed over.
 */
final class WrongTokens implements AutoCloseable {
    /** Addresses that are counted one by one; so many records a minute are the most. */
    static final int MOST_ADDRESSES = 64;

    static final Duration PERIOD = Duration.ofMinutes(1);

    private static final long TICK_MS = 1_000;

    private final Consumer<AuditEvent> audit;
    private final LongSupplier nanoTime;
    private final Map<String, Count> byAddress = new HashMap<>();
    private final Count others;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("wrong-tokens").factory());

    /** What came since the last record about it. */
    private static final class Count {
        private long since;
        private long more;

        Count(long since) {
            this.since = since;
        }
    }

    /** Starts to record what comes. */
    WrongTokens(Consumer<AuditEvent> audit, LongSupplier nanoTime) {
        this.audit = audit;
        this.nanoTime = nanoTime;
        // As long ago as lets the first one be recorded at once.
        this.others = new Count(nanoTime.getAsLong() - PERIOD.toNanos());
        var _ = timer.scheduleWithFixedDelay(this::tick, TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
    }

    /** Counts one. */
    synchronized void add(String address) {
        long now = nanoTime.getAsLong();
        Count known = byAddress.get(address);
        if (known != null) {
            known.more++;
        } else if (byAddress.size() < MOST_ADDRESSES) {
            byAddress.put(address, new Count(now));
            record(address, "a token that is not known, or expired");
        } else {
            others.more++;
            sayOthers(now);
        }
    }

    /** Records what a minute brought. */
    synchronized void tick() {
        long now = nanoTime.getAsLong();
        byAddress.entrySet().removeIf(entry -> {
            Count count = entry.getValue();
            if (now - count.since < PERIOD.toNanos()) {
                return false;
            }
            boolean quiet = count.more == 0;
            say(entry.getKey(), count, now);
            return quiet;
        });
        sayOthers(now);
    }

    private void sayOthers(long now) {
        if (others.more > 0 && now - others.since >= PERIOD.toNanos()) {
            sayOthersNow(now);
        }
    }

    private void sayOthersNow(long now) {
        if (others.more > 0) {
            record(
                    null,
                    others.more + " wrong tokens from other addresses than the " + MOST_ADDRESSES
                            + " that are counted one by one, since the last such record");
            others.more = 0;
        }
        others.since = now;
    }

    private void say(String address, Count count, long now) {
        if (count.more > 0) {
            record(
                    address,
                    count.more + " more wrong tokens from there in " + TimeUnit.NANOSECONDS.toSeconds(now - count.since)
                            + " s");
            count.more = 0;
        }
        count.since = now;
    }

    private void record(@Nullable String address, String message) {
        audit.accept(
                AuditEvent.failed(EventCode.LOGIN, new Actor(null, "anonymous", "api", address), "token", message));
    }

    /** Records what is still counted. */
    @Override
    public void close() {
        timer.shutdown();
        synchronized (this) {
            long now = nanoTime.getAsLong();
            byAddress.forEach((address, count) -> say(address, count, now));
            sayOthersNow(now);
        }
    }
}
