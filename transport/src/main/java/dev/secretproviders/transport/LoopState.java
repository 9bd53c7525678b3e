package dev.secretproviders.transport;

import dev.secretproviders.transport.route.TransportStats;
import dev.secretproviders.transport.wire.AnswerEncoder;
import dev.secretproviders.transport.wire.Failures;
import dev.secretproviders.transport.wire.FilterAnswer;
import dev.secretproviders.transport.wire.HttpReqCallFrame;
import dev.secretproviders.transport.work.FinishedWork;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.FastThreadLocal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** State that all connections of one event loop share, so that a connection needs little memory. */
final class LoopState {
    private static final Logger LOG = LoggerFactory.getLogger(LoopState.class);
    private static final FastThreadLocal<LoopState> CURRENT = new FastThreadLocal<>() {
        @Override
        protected LoopState initialValue() {
            return new LoopState();
        }
    };

    private static final int USUAL_KEY = 1 << 10;

    private final AnswerEncoder encoder = new AnswerEncoder();
    private HttpReqCallFrame request = new HttpReqCallFrame();

    private final byte[] key = new byte[USUAL_KEY];

    private @Nullable FinishedWork finishedWork;

    private LoopState() {}

    /** Returns the state of the calling event loop. */
    static LoopState current() {
        return CURRENT.get();
    }

    /** Returns what workers have finished for the calling event loop. */
    FinishedWork finishedWork(EventExecutor loop) {
        FinishedWork finished = finishedWork;
        if (finished == null) {
            finished = new FinishedWork(loop);
            finishedWork = finished;
        }
        return finished;
    }

    AnswerEncoder encoder() {
        return encoder;
    }

    /** Encodes an answer. If it cannot be encoded, counts a failure and encodes {@code instead}. */
    ByteBuf answer(ByteBufAllocator alloc, int id, FilterAnswer answer, FilterAnswer instead, TransportStats stats) {
        try {
            return encoder.answer(alloc, id, answer);
        } catch (RuntimeException e) {
            LOG.error("an answer of a filter cannot be sent: {}", Failures.describe(e));
            stats.filterFailures.increment();
            return encoder.answer(alloc, id, instead);
        }
    }

    /** Returns the reader of requests, which is used until {@link #release} within one call. */
    HttpReqCallFrame request() {
        return request;
    }

    /** Gives the reader of requests away, with its request. */
    HttpReqCallFrame take(HttpReqCallFrame taken) {
        request = new HttpReqCallFrame();
        return taken;
    }

    /** Wipes a request, unless it was given away. */
    void release(HttpReqCallFrame used) {
        if (used == request) {
            used.release();
        }
    }

    /** Returns an array for a key of this length, valid until the next call. The caller wipes it after use. */
    byte[] key(int length) {
        return length <= USUAL_KEY ? key : new byte[length];
    }
}
