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
 * Aggregates wrong tokens, so that a flood of them does not push everything else out of the audit log. The first one
 * from an address is recorded at once. Then there is one record per minute with the number of further ones, until a
 * minute without any. Beyond {@link #MOST_ADDRESSES} addresses, the others are counted together. A stop records what is
 * counted and not yet recorded.
 *
 * <p>Thread-safe. Never blocks: records are queued.
 */
final class WrongTokens implements AutoCloseable {
    /** The most addresses that are counted one by one, and so the most such records per minute. */
    static final int MOST_ADDRESSES = 64;

    static final Duration PERIOD = Duration.ofMinutes(1);

    private static final long TICK_MS = 1_000;

    private final String source;
    private final Consumer<AuditEvent> audit;
    private final LongSupplier nanoTime;
    private final Map<String, Count> byAddress = new HashMap<>();
    private final Count others;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("wrong-tokens").factory());

    /** Wrong tokens from an address since the last record about it. */
    private static final class Count {
        private long since;
        private long more;

        Count(long since) {
            this.since = since;
        }
    }

    /**
     * Starts the timer that records what was counted.
     *
     * @param source how the tokens arrive, as {@link Actor#source} has it
     */
    WrongTokens(String source, Consumer<AuditEvent> audit, LongSupplier nanoTime) {
        this.source = source;
        this.audit = audit;
        this.nanoTime = nanoTime;
        // Long enough ago that the first one is recorded at once.
        this.others = new Count(nanoTime.getAsLong() - PERIOD.toNanos());
        var _ = timer.scheduleWithFixedDelay(this::tick, TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
    }

    /** Counts one wrong token. */
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
            logOthers(now);
        }
    }

    /** Records each count whose last record is a minute old. */
    synchronized void tick() {
        long now = nanoTime.getAsLong();
        byAddress.entrySet().removeIf(entry -> {
            Count count = entry.getValue();
            if (now - count.since < PERIOD.toNanos()) {
                return false;
            }
            boolean quiet = count.more == 0;
            log(entry.getKey(), count, now);
            return quiet;
        });
        logOthers(now);
    }

    private void logOthers(long now) {
        if (others.more > 0 && now - others.since >= PERIOD.toNanos()) {
            logOthersNow(now);
        }
    }

    private void logOthersNow(long now) {
        if (others.more > 0) {
            record(
                    null,
                    others.more + " wrong tokens from other addresses than the " + MOST_ADDRESSES
                            + " that are counted one by one, since the last such record");
            others.more = 0;
        }
        others.since = now;
    }

    private void log(String address, Count count, long now) {
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
        Actor stranger = new Actor(null, "anonymous", source, address);
        audit.accept(AuditEvent.failed(EventCode.LOGIN, stranger, "token", message));
    }

    /** Records what is counted and not yet recorded. */
    @Override
    public void close() {
        timer.shutdown();
        synchronized (this) {
            long now = nanoTime.getAsLong();
            byAddress.forEach((address, count) -> log(address, count, now));
            logOthersNow(now);
        }
    }
}
