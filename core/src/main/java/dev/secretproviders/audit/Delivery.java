package dev.secretproviders.audit;

import dev.secretproviders.store.StoreException;
import dev.secretproviders.timing.Backoff;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers the log to one target from the store itself: every record, in order, at least once. It goes on where it
 * ended. The log is what waits while the target fails, so only records that are retired meanwhile are lost.
 *
 * <p>Thread-safe. The thread is never interrupted, which would close the store's file.
 */
final class Delivery implements Copying {
    private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);
    private static final int MOST_AT_ONCE = 50;
    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(500), Duration.ofMinutes(1));
    /** How often to look for records of other runners. */
    private static final Duration LOOK = Duration.ofSeconds(5);

    private static final Duration TELL_AGAIN = Duration.ofMinutes(1);

    private static final Duration FLUSH_LIMIT = Duration.ofMillis(100);

    private final Chain chain;
    private final RecordReader reader;
    private final DeliveryPlace place;
    private final CopyTarget target;

    private final AtomicLong failures = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();
    private final AtomicLong waiting = new AtomicLong();
    private final Semaphore written = new Semaphore(0);
    private final CountDownLatch ending = new CountDownLatch(1);
    private final Thread thread;

    private int failed;
    /** Records that the target refused, and that the log does not tell of yet. */
    private long untold;

    private @Nullable Long toldAt;
    /** Whether the beginning of the log was retired before the first delivery, so that its absence is no loss. */
    private boolean begun;

    Delivery(Chain chain, RecordReader reader, DeliveryPlace place, CopyTarget target) {
        this.chain = chain;
        this.reader = reader;
        this.place = place;
        this.target = target;
        this.thread = Thread.ofPlatform()
                .daemon()
                .name("audit-delivery-" + target.kind())
                .start(this::run);
    }

    @Override
    public void add(AuditRecord record) {
        waiting.incrementAndGet();
        written.release();
    }

    @Override
    public CopyStatus status() {
        return new CopyStatus(target.kind(), failures.get(), lost.get(), waiting.get());
    }

    private void run() {
        while (ending.getCount() > 0) {
            try {
                written.drainPermits();
                boolean more = deliverSome();
                if (failed > 0) {
                    failed = 0;
                    LOG.info("audit records are delivered to the {} again", target.name());
                }
                if (!more) {
                    awaitRecords();
                }
            } catch (IOException | StoreException | RuntimeException e) {
                if (ending.getCount() == 0) {
                    return;
                }
                failures.incrementAndGet();
                failed++;
                if (failed == 1) {
                    LOG.warn("audit records cannot be delivered to the {} and wait: {}", target.name(), e.toString());
                }
                pause(BACKOFF.pause(failed));
            }
        }
    }

    /** Delivers the next records, and returns whether there may be more. */
    private boolean deliverSome() throws IOException, StoreException {
        place.read();
        List<AuditRecord> records = place.isOurs() ? reader.after(place.last(), MOST_AT_ONCE) : List.of();
        waiting.set(Math.max(records.size(), place.isOurs() ? chain.seen() - place.last() : 0));
        if (records.isEmpty()) {
            return false;
        }
        long before = place.last();
        long delivered = before;
        try {
            for (int from = 0; from < records.size() && ending.getCount() > 0; from += target.mostAtOnce()) {
                // A slow target takes longer for all of them than the place is held.
                if (!place.hold(delivered)) {
                    return false;
                }
                List<AuditRecord> some = records.subList(from, Math.min(from + target.mostAtOnce(), records.size()));
                target.write(some);
                countRefused();
                countGaps(delivered, some);
                delivered = some.getLast().id();
            }
        } finally {
            if (delivered > before) {
                begun = true;
                waiting.addAndGet(before - delivered);
                // Another runner that took the place meanwhile delivers some of these records again.
                if (place.isOurs() && delivered > place.last()) {
                    boolean _ = place.moveTo(delivered);
                }
            }
        }
        return true;
    }

    private void countGaps(long before, List<AuditRecord> records) {
        long previous = before;
        for (AuditRecord record : records) {
            long gap = record.id() - previous - 1;
            if (gap > 0 && (begun || before > 0)) {
                lost.addAndGet(gap);
                LOG.warn(
                        "{} audit records before record {} were retired before they were delivered to the {}",
                        gap,
                        record.id(),
                        target.name());
            }
            previous = record.id();
        }
    }

    private void countRefused() {
        long refused = target.takeRefused();
        if (refused == 0) {
            return;
        }
        lost.addAndGet(refused);
        untold += refused;
        long now = System.nanoTime();
        if (toldAt == null || now - toldAt >= TELL_AGAIN.toNanos()) {
            LOG.warn(
                    "the {} refused {} audit records for good, and does not get them again; its own log says why",
                    target.name(),
                    untold);
            toldAt = now;
            untold = 0;
        }
    }

    private void awaitRecords() {
        try {
            if (written.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                written.release();
            }
        } catch (InterruptedException e) {
            // This thread is never interrupted on purpose, so it continues.
        }
    }

    private void pause(Duration pause) {
        try {
            boolean _ = ending.await(pause.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            // As above.
        }
    }

    /** What is not delivered within a short time is delivered after the next start. */
    @Override
    public void close() {
        ending.countDown();
        written.release();
        try {
            thread.join(FLUSH_LIMIT);
            target.close();
            // So that it no longer uses the store, which the caller closes next.
            thread.join(FLUSH_LIMIT);
        } catch (InterruptedException e) {
            target.close();
            Thread.currentThread().interrupt();
        }
    }
}
