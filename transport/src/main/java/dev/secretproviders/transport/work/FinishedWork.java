package dev.secretproviders.transport.work;

import dev.secretproviders.transport.wire.Failures;
import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The finished pieces of one event loop. A worker that adds one wakes the event loop only if it has nothing else to do.
 * Otherwise the event loop looks by itself, {@value #LOOK_MICROS} microseconds after it last did. So waking it costs
 * little when much is to be done, and a result waits no longer than that, even if the worker hangs.
 *
 * <p>Thread-safe where it says so.
 */
public final class FinishedWork {
    private static final Logger LOG = LoggerFactory.getLogger(FinishedWork.class);
    static final long LOOK_MICROS = 1_000;
    /** With fewer pieces under way, the worker wakes the event loop. */
    private static final int MANY = 2;

    private final EventExecutor loop;
    private final Runnable look = this::look;
    private final Runnable takeTold = this::takeTold;
    private final AtomicReference<@Nullable Piece> newest = new AtomicReference<>();
    /** Whether the event loop was told to take them, and has not begun. */
    private final AtomicBoolean told = new AtomicBoolean();
    /** Whether the event loop looks by itself. */
    private volatile boolean looking;
    /** How many pieces are under way. Used by the event loop only. */
    private int expected;

    /** Creates it for an event loop. */
    public FinishedWork(EventExecutor loop) {
        this.loop = loop;
    }

    /** Hands a piece to workers. Called on the event loop, as is its {@link Piece#cancel}. */
    public void expect(Piece piece, Workers workers) {
        piece.home = this;
        expected++;
        if (expected >= MANY && !looking) {
            lookSoon();
        }
        workers.add(piece);
    }

    void expectOneLess() {
        expected--;
    }

    private void lookSoon() {
        try {
            var _ = loop.schedule(look, LOOK_MICROS, TimeUnit.MICROSECONDS);
            looking = true;
        } catch (RejectedExecutionException e) {
            looking = false;
        }
    }

    private void look() {
        takeAll();
        if (expected >= MANY) {
            lookSoon();
        } else {
            looking = false;
        }
        // Pieces that were added before a worker saw that nothing looks any more.
        takeAll();
    }

    /** Adds a finished piece. Called by any thread. Returns whether the event loop has to be {@linkplain #tell told}. */
    boolean add(Piece piece) {
        Piece before;
        do {
            before = newest.get();
            piece.before = before;
        } while (!newest.compareAndSet(before, piece));
        return !looking;
    }

    /** Wakes the event loop if it has something to take. Called by any thread. */
    void tell() {
        if (newest.get() != null && told.compareAndSet(false, true)) {
            boolean executed = false;
            try {
                loop.execute(takeTold);
                executed = true;
            } catch (RejectedExecutionException e) {
                LOG.debug("a result came after the event loop had ended");
            } finally {
                if (!executed) {
                    told.set(false);
                }
            }
        }
    }

    private void takeTold() {
        told.set(false);
        takeAll();
    }

    private void takeAll() {
        Piece piece = inOrder(newest.getAndSet(null));
        while (piece != null) {
            Piece next = piece.before;
            piece.before = null;
            take(piece);
            piece = next;
        }
    }

    /** Uses one result. Whatever happens, the others are used too. */
    private void take(Piece piece) {
        try {
            if (piece.use()) {
                expected--;
            }
        } catch (Throwable e) {
            expected--;
            LOG.error("a result could not be used: {}", Failures.describe(e));
        }
    }

    /** Turns a chain of pieces round, so that the oldest is the first. */
    private static @Nullable Piece inOrder(@Nullable Piece newest) {
        Piece first = null;
        Piece piece = newest;
        while (piece != null) {
            Piece older = piece.before;
            piece.before = first;
            first = piece;
            piece = older;
        }
        return first;
    }
}
