package dev.secretproviders.transport.work;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A piece that tells what happens to it. */
final class TestPiece extends Piece {
    final CountDownLatch begun = new CountDownLatch(1);
    final CountDownLatch over = new CountDownLatch(1);
    final AtomicInteger released = new AtomicInteger();
    volatile @Nullable Throwable failure;
    volatile boolean used;
    private final Runnable work;
    private final Runnable use;

    TestPiece(Runnable work, Runnable use) {
        this.work = work;
        this.use = use;
    }

    static TestPiece of(Runnable work) {
        return new TestPiece(work, () -> {});
    }

    /** A piece that works until it is let go. */
    static TestPiece until(CountDownLatch go) {
        return of(() -> await(go));
    }

    static void await(CountDownLatch latch) {
        try {
            if (!latch.await(10, TimeUnit.SECONDS)) {
                throw new IllegalStateException("waited too long");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }

    void awaitBegin() {
        await(begun);
    }

    void awaitEnd() {
        await(over);
    }

    @Override
    protected void work() {
        begun.countDown();
        work.run();
    }

    @Override
    protected void done() {
        use.run();
        used = true;
        over.countDown();
    }

    @Override
    protected void failed(Throwable problem) {
        failure = problem;
        over.countDown();
    }

    @Override
    protected void release() {
        released.incrementAndGet();
    }
}
