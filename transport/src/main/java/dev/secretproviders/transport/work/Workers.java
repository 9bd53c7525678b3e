package dev.secretproviders.transport.work;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Does pieces of work in order of arrival, on virtual threads. At most as many work at a time as there are processors, so
 * that the event loops get their share. A worker that has finished a piece takes the next one, so that only the first of
 * many wakes a thread.
 *
 * <p>Each connection has at most one piece, so no more wait than connections are open. Thread-safe.
 */
public final class Workers {
    /** After this time others that need the thread get their turn. */
    private static final long TURN_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final int most;
    private final Queue<Piece> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger working = new AtomicInteger();

    /** Creates workers for each processor. None runs while there is nothing to do. */
    public Workers() {
        this(Runtime.getRuntime().availableProcessors());
    }

    Workers(int most) {
        this.most = most;
    }

    /** Adds a piece. The one who adds it cancels it when its result is not needed any more. */
    void add(Piece piece) {
        waiting.add(piece);
        startOne();
    }

    /**
     * Lets a worker do something, and waits for it.
     *
     * @throws InterruptedException if this thread was interrupted before the end; the work is then over, too
     */
    public void call(Runnable task) throws InterruptedException {
        Awaited piece = new Awaited(task);
        add(piece);
        piece.await();
    }

    private void startOne() {
        int now = working.get();
        while (now < most) {
            if (working.compareAndSet(now, now + 1)) {
                start();
                return;
            }
            now = working.get();
        }
    }

    private void start() {
        boolean started = false;
        try {
            Thread _ = Thread.ofVirtual().name("worker").start(() -> new Shift().work());
            started = true;
        } finally {
            if (!started) {
                working.decrementAndGet();
            }
        }
    }

    /** The time that one worker works without a break. */
    private final class Shift {
        /** The event loops that have finished pieces and were not told so. */
        private final List<FinishedWork> untold = new ArrayList<>(1);

        private long since = System.nanoTime();

        void work() {
            try {
                doAll();
            } finally {
                leave();
            }
        }

        private void doAll() {
            try {
                for (Piece piece = waiting.poll(); piece != null; piece = waiting.poll()) {
                    doOne(piece);
                    makeRoom();
                }
            } finally {
                tellAll();
            }
        }

        private void doOne(Piece piece) {
            FinishedWork home = piece.home;
            if (piece.run() && home != null) {
                boolean soon = home.add(piece);
                if (!untold.contains(home)) {
                    untold.add(home);
                }
                if (soon) {
                    tellAll();
                }
            }
            if (waiting.isEmpty()) {
                tellAll();
            }
        }

        /** Tells each event loop. One that could not be told, for want of memory, is told again at the end. */
        private void tellAll() {
            while (!untold.isEmpty()) {
                untold.getLast().tell();
                untold.removeLast();
            }
        }

        private void leave() {
            working.decrementAndGet();
            // A piece that came meanwhile may have found no place for a worker.
            if (!waiting.isEmpty()) {
                startOne();
            }
        }

        /** Virtual threads are not interrupted by others, so they have to make room by themselves. */
        @SuppressWarnings("ThreadPriorityCheck")
        private void makeRoom() {
            if (!waiting.isEmpty() && System.nanoTime() - since > TURN_NANOS) {
                Thread.yield();
                since = System.nanoTime();
            }
        }
    }

    /** A piece for whose end a thread waits. */
    private static final class Awaited extends Piece {
        private final Runnable task;
        private final CountDownLatch over = new CountDownLatch(1);
        private @Nullable Throwable problem;

        Awaited(Runnable task) {
            this.task = task;
        }

        @Override
        protected void work() {
            try {
                task.run();
            } catch (Throwable e) {
                problem = e;
            }
        }

        @Override
        protected void done() {}

        @Override
        protected void failed(Throwable failure) {}

        @Override
        protected void release() {
            over.countDown();
        }

        void await() throws InterruptedException {
            try {
                over.await();
            } catch (InterruptedException e) {
                cancel();
                awaitEnd();
                throw e;
            }
            if (problem instanceof RuntimeException e) {
                throw e;
            }
            if (problem instanceof Error e) {
                throw e;
            }
        }

        /** Waits for work that has begun, since it may still read what belongs to the caller. */
        private void awaitEnd() {
            boolean waits = true;
            while (waits) {
                try {
                    over.await();
                    waits = false;
                } catch (InterruptedException e) {
                    // The caller is told of the first interrupt.
                }
            }
        }
    }
}
