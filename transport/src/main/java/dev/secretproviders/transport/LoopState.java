package dev.secretproviders.transport;

import dev.secretproviders.transport.route.TransportStats;
import dev.secretproviders.transport.wire.AnswerEncoder;
import dev.secretproviders.transport.wire.Failures;
import dev.secretproviders.transport.wire.FilterAnswer;
import dev.secretproviders.transport.wire.HttpReqCallFrame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.concurrent.FastThreadLocal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What all connections of one event loop share, so that a connection costs little. */
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
    private final HttpReqCallFrame request = new HttpReqCallFrame();

    private final byte[] key = new byte[USUAL_KEY];

    private LoopState() {}

    /** Returns the state of the event loop that calls. */
    static LoopState current() {
        return CURRENT.get();
    }

    AnswerEncoder encoder() {
        return encoder;
    }

    /** Encodes an answer; if that cannot be sent, which is counted, another one in its place. */
    ByteBuf answer(ByteBufAllocator alloc, int id, FilterAnswer answer, FilterAnswer instead, TransportStats stats) {
        try {
            return encoder.answer(alloc, id, answer);
        } catch (RuntimeException e) {
            LOG.error("an answer of a filter cannot be sent: {}", Failures.describe(e));
            stats.filterFailures.increment();
            return encoder.answer(alloc, id, instead);
        }
    }

    /** Returns the one reader of requests; used from {@code wrap} to {@code release} within one call. */
    HttpReqCallFrame request() {
        return request;
    }

    /** Returns an array for a key of this length, until the next call; whoever used it has wiped it. */
    byte[] key(int length) {
        return length <= USUAL_KEY ? key : new byte[length];
    }
}
