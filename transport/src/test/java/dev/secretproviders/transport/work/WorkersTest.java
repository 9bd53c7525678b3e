package dev.secretproviders.transport.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of pieces of work, whatever happens to one of them, to a worker, or to the event loop. */
final class WorkersTest {
    private static final int MANY = 200;

    private final CountingLoop loop = new CountingLoop();
    private final FinishedWork finished = new FinishedWork(loop);
    private final Workers workers = new Workers(1);
    private final CountDownLatch go = new CountDownLatch(1);

    @AfterEach
    void end() {
        go.countDown();
        loop.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** Hands pieces over in one task of the event loop, as those of one pass over the sockets. */
    private void expect(List<TestPiece> pieces) {
        loop.submit(() -> pieces.forEach(piece -> finished.expect(piece, workers)))
                .syncUninterruptibly();
    }

    private void expect(TestPiece... pieces) {
        expect(List.of(pieces));
    }

    private static List<TestPiece> pieces(int count, Runnable work) {
        List<TestPiece> pieces = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            pieces.add(TestPiece.of(work));
        }
        return pieces;
    }

    private static void requireUsed(List<TestPiece> pieces) {
        for (TestPiece piece : pieces) {
            piece.awaitEnd();
            assertThat(piece.used).isTrue();
            assertThat(piece.released).hasValue(1);
        }
    }

    @Test
    void loneResultComesBackAtOnceWithoutALook() {
        TestPiece first = TestPiece.of(() -> {});
        expect(first);
        first.awaitEnd();
        assertThat(loop.woken()).as("to hand it over, and to take it back").isEqualTo(2);
    }

    @Test
    void resultsOfABacklogComeTogetherAndInOrder() {
        List<Integer> order = new CopyOnWriteArrayList<>();
        List<TestPiece> pieces = new ArrayList<>(List.of(TestPiece.until(go)));
        for (int i = 0; i < MANY; i++) {
            int number = i;
            pieces.add(new TestPiece(() -> {}, () -> order.add(number)));
        }
        expect(pieces);
        loop.woken();
        go.countDown();
        requireUsed(pieces);
        assertThat(order).hasSize(MANY).isSorted();
        assertThat(loop.woken()).isLessThan(MANY / 10);
    }

    @Test
    void resultDoesNotWaitForAWorkerThatHangs() {
        TestPiece first = TestPiece.of(() -> {});
        TestPiece hangs = TestPiece.until(go);
        TestPiece last = TestPiece.of(() -> {});
        expect(first, hangs, last);
        first.awaitEnd();
        assertThat(hangs.used).isFalse();
        go.countDown();
        requireUsed(List.of(first, hangs, last));
    }

    @Test
    void failureOfOnePieceLeavesTheOthers() {
        TestPiece throwing = TestPiece.of(() -> {
            throw new IllegalStateException("of the test");
        });
        TestPiece dying = TestPiece.of(() -> {
            throw new StackOverflowError("of the test");
        });
        TestPiece useless = new TestPiece(() -> {}, () -> {
            throw new IllegalStateException("of the test");
        });
        List<TestPiece> good = pieces(3, () -> {});
        expect(good.get(0), throwing, good.get(1), dying, useless, good.get(2));
        requireUsed(good);
        for (TestPiece failed : List.of(throwing, dying, useless)) {
            failed.awaitEnd();
            assertThat(failed.used).isFalse();
            assertThat(failed.failure).hasMessage("of the test");
            assertThat(failed.released).hasValue(1);
        }
    }

    @Test
    void workerThatDiesLosesNoResultAndIsReplaced() {
        TestPiece first = TestPiece.until(go);
        expect(first);
        loop.failNext(1);
        go.countDown();
        first.awaitEnd();
        List<TestPiece> next = pieces(3, () -> {});
        expect(next);
        requireUsed(next);
    }

    @Test
    void cancelledPieceThatWaitsIsGivenBackAndNeverDone() {
        TestPiece first = TestPiece.until(go);
        TestPiece waiting = TestPiece.of(() -> {});
        TestPiece last = TestPiece.of(() -> {});
        expect(first, waiting, last);
        loop.submit(waiting::cancel).syncUninterruptibly();
        assertThat(waiting.released).hasValue(1);
        go.countDown();
        requireUsed(List.of(first, last));
        assertThat(waiting.begun.getCount()).isOne();
        assertThat(waiting.used).isFalse();
    }

    @Test
    void cancelInterruptsItsPieceAndNoOther() {
        AtomicBoolean interrupted = new AtomicBoolean();
        TestPiece first = TestPiece.of(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                Thread.onSpinWait();
            }
        });
        TestPiece next =
                TestPiece.of(() -> interrupted.set(Thread.currentThread().isInterrupted()));
        expect(first, next);
        first.awaitBegin();
        assertThat(first.released).hasValue(0);
        loop.submit(first::cancel).syncUninterruptibly();
        requireUsed(List.of(next));
        assertThat(interrupted).isFalse();
        assertThat(first.released).hasValue(1);
        assertThat(first.used).isFalse();
    }

    @Test
    void resultThatIsNotTakenYetCanBeCancelled() {
        TestPiece piece = TestPiece.of(() -> {});
        TestPiece other = TestPiece.of(() -> {});
        loop.submit(() -> {
                    finished.expect(piece, workers);
                    Awaitility.await().pollInSameThread().until(() -> piece.released.get() == 1);
                    piece.cancel();
                    finished.expect(other, workers);
                })
                .syncUninterruptibly();
        requireUsed(List.of(other));
        assertThat(piece.used).isFalse();
    }

    @Test
    void endOfTheEventLoopStopsNoWorker() {
        TestPiece late = TestPiece.until(go);
        expect(late);
        loop.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
        go.countDown();
        CountingLoop another = new CountingLoop();
        TestPiece next = TestPiece.of(() -> {});
        another.submit(() -> new FinishedWork(another).expect(next, workers)).syncUninterruptibly();
        requireUsed(List.of(next));
        assertThat(late.used).isFalse();
        assertThat(late.released).hasValue(1);
        another.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void nothingIsLostHoweverPiecesArrive() throws Exception {
        Workers two = new Workers(2);
        AtomicInteger done = new AtomicInteger();
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            callers.add(Thread.ofPlatform().start(() -> {
                for (int call = 0; call < MANY * 5; call++) {
                    try {
                        two.call(() -> {
                            most.accumulateAndGet(now.incrementAndGet(), Math::max);
                            done.incrementAndGet();
                            now.decrementAndGet();
                        });
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }
            }));
        }
        for (Thread caller : callers) {
            caller.join(TimeUnit.SECONDS.toMillis(30));
        }
        assertThat(done).hasValue(4 * MANY * 5);
        assertThat(most.get()).isLessThanOrEqualTo(2);
    }

    @Test
    void callerGetsTheFailureOfItsWork() {
        assertThatThrownBy(() -> workers.call(() -> {
                    throw new IllegalStateException("of the test");
                }))
                .hasMessage("of the test");
    }

    @Test
    void interruptedCallerWaitsForWorkThatHasBegun() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        AtomicBoolean ended = new AtomicBoolean();
        AtomicBoolean endedBefore = new AtomicBoolean();
        Thread caller = Thread.ofPlatform().start(() -> {
            try {
                workers.call(() -> {
                    begun.countDown();
                    while (!Thread.currentThread().isInterrupted()) {
                        Thread.onSpinWait();
                    }
                    ended.set(true);
                });
            } catch (InterruptedException e) {
                endedBefore.set(ended.get());
            }
        });
        TestPiece.await(begun);
        caller.interrupt();
        caller.join(TimeUnit.SECONDS.toMillis(10));
        assertThat(endedBefore).isTrue();
    }
}
