package dev.secretproviders.audit;

import dev.secretproviders.audit.Chain.Entry;
import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Transaction;
import dev.secretproviders.timing.Backoff;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events that wait until the queue's thread records them, several in one transaction when many wait. While the store
 * cannot be written, they wait. When the queue is full, the newest are dropped and counted, and their number is
 * recorded as soon as possible.
 *
 * <p>Thread-safe. The thread is never interrupted, which would close the store's file.
 */
final class EventQueue implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EventQueue.class);
    /** Stays well below etcd's limits of 128 operations and 1.5 MB in a transaction. */
    private static final int MOST_IN_A_BATCH = 64;

    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(30));
    private static final Duration IDLE_LOOK = Duration.ofMillis(100);
    /** Short, because APISIX kills a runner one second after the signal to stop. */
    private static final Duration FLUSH_LIMIT = Duration.ofMillis(300);

    private final Chain chain;
    private final InstantSource clock;
    private final BlockingQueue<Entry> waiting;
    private final AtomicLong dropped = new AtomicLong();
    private final AtomicLong unsaid = new AtomicLong();
    private final StopSignal stop = new StopSignal();
    private final Thread thread;

    EventQueue(Chain chain, InstantSource clock, int capacity) {
        this.chain = chain;
        this.clock = clock;
        this.waiting = new ArrayBlockingQueue<>(capacity);
        this.thread = Thread.ofPlatform().daemon().name("audit-writer").start(this::run);
    }

    /** Takes an event, unless the queue is full. Returns immediately. */
    void add(AuditEvent event) {
        if (stop.isGiven() || !waiting.offer(new Entry(clock.instant(), event))) {
            drop(1);
        }
    }

    /** Returns how many events were never recorded. */
    long dropped() {
        return dropped.get();
    }

    private void drop(int events) {
        dropped.addAndGet(events);
        unsaid.addAndGet(events);
    }

    private void run() {
        while (!stop.isGiven() || !waiting.isEmpty()) {
            List<Entry> batch = nextBatch();
            if (!batch.isEmpty() && !write(batch)) {
                drop((int) batch.stream()
                        .filter(entry -> entry.event().code() != EventCode.AUDIT_LOSS)
                        .count());
            }
        }
    }

    /** Returns the entries to record together; an empty list if none arrived for a short time. */
    private List<Entry> nextBatch() {
        List<Entry> batch = new ArrayList<>();
        long lost = unsaid.getAndSet(0);
        if (lost > 0) {
            String message = "%d events were not recorded, because too many waited for the store".formatted(lost);
            batch.add(new Entry(
                    clock.instant(),
                    AuditEvent.done(EventCode.AUDIT_LOSS, Actor.RUNNER, "audit").withMessage(message)));
        }
        Entry next = lost > 0 ? waiting.poll() : waitForOne();
        while (next != null) {
            batch.add(next);
            // Only events without objects are certain to be small.
            Entry after = waiting.peek();
            boolean fits = batch.size() < MOST_IN_A_BATCH && isSmall(next) && after != null && isSmall(after);
            next = fits ? waiting.poll() : null;
        }
        return batch;
    }

    private @Nullable Entry waitForOne() {
        try {
            return waiting.poll(IDLE_LOOK.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            return null;
        }
    }

    private static boolean isSmall(Entry entry) {
        return entry.event().before() == null && entry.event().after() == null;
    }

    /**
     * Retries until the batch is written. Gives up when the log is closed, or if the batch itself cannot be written.
     */
    private boolean write(List<Entry> batch) {
        for (int failures = 0; ; ) {
            try {
                CommitResult _ = chain.append(Transaction.EMPTY, batch);
                if (failures > 0) {
                    LOG.info("audit events are recorded again");
                }
                return true;
            } catch (StoreException e) {
                failures++;
                if (failures == 1) {
                    LOG.warn("audit events wait, because they cannot be recorded: {}", e.getMessage());
                }
                if (stop.isGivenWithin(BACKOFF.pause(failures))) {
                    return false;
                }
            } catch (RuntimeException e) {
                LOG.error("{} audit events cannot be recorded and are dropped", batch.size(), e);
                return false;
            }
        }
    }

    /** Takes no more events, and waits for a short time until waiting ones are written. */
    @Override
    public void close() {
        stop.give(thread, FLUSH_LIMIT);
        List<Entry> left = new ArrayList<>();
        waiting.drainTo(left);
        dropped.addAndGet(left.size());
        if (!left.isEmpty()) {
            LOG.warn("{} audit events were not recorded before the runner stopped", left.size());
        }
    }
}
