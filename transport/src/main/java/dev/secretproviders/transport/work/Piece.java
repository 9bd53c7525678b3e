package dev.secretproviders.transport.work;

import org.jspecify.annotations.Nullable;

/**
 * A piece of work that takes too long for an event loop. A worker does it, and then an event loop uses its result. It is
 * done once, or not at all.
 */
public abstract class Piece {
    /** Where the result goes. Null if it is used by the worker itself. */
    @Nullable
    FinishedWork home;

    /** The one that was finished before, while both wait for the event loop. */
    @Nullable
    Piece before;

    private State state = State.WAITING;
    /** The worker, while it works. */
    private @Nullable Thread worker;

    private @Nullable Throwable failure;

    private enum State {
        WAITING,
        WORKING,
        FINISHED,
        OVER
    }

    /** Creates a piece that waits. */
    protected Piece() {}

    /** Does the work, on a worker. {@link #cancel} interrupts it. */
    protected abstract void work();

    /** Uses the result, on the event loop. Not called after {@link #cancel}. */
    protected abstract void done();

    /** Is told why there is no result, or why it could not be used, on the event loop. Not called after a cancel. */
    protected abstract void failed(Throwable failure);

    /** Gives back what {@link #work} reads. Called once, on any thread, when the work is done or will not be. */
    protected abstract void release();

    /** Does the work, unless it was cancelled. Returns whether there is a result to use. */
    final boolean run() {
        if (!begin()) {
            return false;
        }
        try {
            work();
        } catch (Throwable e) {
            failure = e;
        }
        try {
            release();
        } catch (Throwable e) {
            failure = e;
        }
        return finish();
    }

    private synchronized boolean begin() {
        if (state != State.WAITING) {
            return false;
        }
        state = State.WORKING;
        worker = Thread.currentThread();
        return true;
    }

    private synchronized boolean finish() {
        worker = null;
        // An interrupt was meant for this piece and not for the next one.
        boolean _ = Thread.interrupted();
        if (state != State.WORKING) {
            return false;
        }
        state = State.FINISHED;
        return true;
    }

    /** Uses the result, unless it was cancelled meanwhile. Returns whether it was not. */
    final boolean use() {
        synchronized (this) {
            if (state != State.FINISHED) {
                return false;
            }
            state = State.OVER;
        }
        Throwable problem = failure;
        if (problem == null) {
            try {
                done();
            } catch (Throwable e) {
                problem = e;
            }
        }
        if (problem != null) {
            failed(problem);
        }
        return true;
    }

    /** Ends the piece. Work that has begun is interrupted. Does nothing once the result was used. */
    public final void cancel() {
        State was;
        synchronized (this) {
            was = state;
            state = State.OVER;
            if (worker != null) {
                worker.interrupt();
            }
        }
        if (was == State.WAITING) {
            release();
        }
        FinishedWork goal = home;
        if (was != State.OVER && goal != null) {
            goal.expectOneLess();
        }
    }
}
