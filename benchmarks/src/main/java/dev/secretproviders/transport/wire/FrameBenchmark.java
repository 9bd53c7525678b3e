package dev.secretproviders.transport.wire;

import dev.secretproviders.auth.Decision;
import dev.secretproviders.benchmarks.load.BrowserRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A request's frame read, and an answer's written; on direct buffers, as the event loops have them. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FrameBenchmark {
    private static final int ID = 0x0102_0304;

    private final byte[] bytes = BrowserRequest.httpReqCall(ID, 1, "0123456789abcdef0123456789abcdef");
    private final ByteBuf frame =
            PooledByteBufAllocator.DEFAULT.directBuffer(bytes.length).writeBytes(bytes);
    private final HttpReqCallFrame request = new HttpReqCallFrame();
    private final AnswerEncoder encoder = new AnswerEncoder();
    private final Decision accepted = new Decision.Changed(
            Decision.Reason.ACCEPTED,
            "consumer_0000001",
            List.of(
                    new Decision.Header("X-Consumer-Username", "consumer_0000001"),
                    new Decision.Header("X-Credential-Identifier", null),
                    new Decision.Header("X-Consumer-Custom-ID", null)),
            List.of());

    /** Reads and verifies a request with 12 headers. */
    @Benchmark
    public int decode() throws MalformedFrameException {
        request.wrap(frame, FrameType.HEADER_LENGTH, bytes.length - FrameType.HEADER_LENGTH);
        int token = request.token();
        request.release();
        return token;
    }

    /** Writes the answer to an accepted request. */
    @Benchmark
    public int answer() {
        ByteBuf answer = encoder.decision(PooledByteBufAllocator.DEFAULT, ID, accepted);
        int length = answer.readableBytes();
        answer.release();
        return length;
    }

    /** Gives the buffer back. */
    @TearDown
    public void release() {
        frame.release();
    }
}
