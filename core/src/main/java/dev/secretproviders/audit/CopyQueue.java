package dev.secretproviders.audit;

import dev.secretproviders.timing.Backoff;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records that wait until the queue's thread copies them to one target. While the target fails, they wait. When the
 * queue is full, the newest are dropped. Thread-safe.
 */
final class CopyQueue implements Copying {
    private static final Logger LOG = LoggerFactory.getLogger(CopyQueue.class);
    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(30));
    private static final Duration IDLE_LOOK = Duration.ofMillis(100);
    private static final Duration FLUSH_LIMIT = Duration.ofMillis(200);

    private final CopyTarget target;
    private final BlockingQueue<AuditRecord> waiting;
    private final AtomicLong failures = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();
    private final StopSignal stop = new StopSignal();
    private final Thread thread;

    CopyQueue(CopyTarget target, int capacity) {
        this.target = target;
        this.waiting = new ArrayBlockingQueue<>(capacity);
        this.thread = Thread.ofPlatform().daemon().name("audit-copies").start(this::run);
    }

    @Override
    public void add(AuditRecord record) {
        if (stop.isGiven() || !waiting.offer(record)) {
            lost.incrementAndGet();
        }
    }

    @Override
    public CopyStatus status() {
        return new CopyStatus(target.kind(), failures.get(), lost.get(), waiting.size());
    }

    private void run() {
        while (!stop.isGiven() || !waiting.isEmpty()) {
            List<AuditRecord> batch = nextBatch();
            if (!batch.isEmpty() && !write(batch)) {
                lost.addAndGet(batch.size());
            }
        }
    }

    private List<AuditRecord> nextBatch() {
        List<AuditRecord> batch = new ArrayList<>();
        try {
            AuditRecord first = waiting.poll(IDLE_LOOK.toMillis(), TimeUnit.MILLISECONDS);
            if (first != null) {
                batch.add(first);
                waiting.drainTo(batch, target.mostAtOnce() - 1);
            }
        } catch (InterruptedException e) {
            // This thread is never interrupted on purpose, so it continues.
        }
        return batch;
    }

    /** Retries until the batch is written or the queue is closed. */
    private boolean write(List<AuditRecord> batch) {
        for (int attempts = 1; ; attempts++) {
            try {
                target.write(batch);
                if (attempts > 1) {
                    LOG.info("audit records are copied to the {} again; not copied so far: {}", target.name(), lost);
                }
                return true;
            } catch (IOException | RuntimeException e) {
                failures.incrementAndGet();
                if (attempts == 1) {
                    LOG.warn("audit records cannot be copied to the {} and wait: {}", target.name(), e.toString());
                }
                if (stop.isGivenWithin(BACKOFF.ceiling(attempts))) {
                    return false;
                }
            }
        }
    }

    @Override
    public void close() {
        stop.give(thread, FLUSH_LIMIT);
        target.close();
    }
}
