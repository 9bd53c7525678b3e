package dev.secretproviders.transport;

import dev.secretproviders.transport.wire.AnswerEncoder;
import dev.secretproviders.transport.wire.HttpReqCallFrame;
import io.netty.util.concurrent.FastThreadLocal;

/** What all connections of one event loop share, so that a connection costs little. */
final class LoopState {
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

    /** Returns the one reader of requests; used from {@code wrap} to {@code release} within one call. */
    HttpReqCallFrame request() {
        return request;
    }

    /** Returns an array for a key of this length, until the next call; whoever used it has wiped it. */
    byte[] key(int length) {
        return length <= USUAL_KEY ? key : new byte[length];
    }
}
