package dev.secretproviders.transport.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.secretproviders.auth.Decision.Changed;
import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.gateway.Entry;
import dev.secretproviders.gateway.Frame;
import dev.secretproviders.gateway.RunnerMessages;
import io.github.api7.A6.HTTPReqCall.Action;
import io.github.api7.A6.HTTPReqCall.Resp;
import io.github.api7.A6.HTTPReqCall.Rewrite;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** FlatBuffers' own classes read exactly the encoded changes from the hand-written answer. */
class AcceptEncoderTest {
    private static final int ID = 0xFEDCBA98;
    private static final int MANY = 50_000;
    private static final Changed LONG =
            accept(List.of(new Header("~".repeat(200), "~".repeat(200))), List.of("~".repeat(200), "~".repeat(200)));

    /** Encodes with a new and with a used encoder, to show that no byte of an earlier answer remains. */
    private static byte[] encode(Changed accept) {
        byte[] bytes = encode(new AcceptEncoder(), accept);
        AcceptEncoder used = new AcceptEncoder();
        byte[] _ = encode(used, LONG);
        assertThat(encode(used, accept)).isEqualTo(bytes);
        return bytes;
    }

    private static byte[] encode(AcceptEncoder encoder, Changed accept) {
        ByteBuf frame = encoder.encode(PooledByteBufAllocator.DEFAULT, ID, accept);
        byte[] bytes = new byte[frame.readableBytes()];
        frame.readBytes(bytes);
        frame.release();
        return bytes;
    }

    private static Changed accept(List<Header> headers, List<String> removed) {
        return new Changed(Reason.ACCEPTED, "jack", headers, removed);
    }

    private static Rewrite read(byte[] frame) {
        assertThat(frame[0]).isEqualTo((byte) FrameType.HTTP_REQ_CALL);
        int length = ByteBuffer.wrap(frame).getInt() & 0xFFFFFF;
        assertThat(length).isEqualTo(frame.length - FrameType.HEADER_LENGTH);
        Resp resp = Resp.getRootAsResp(
                ByteBuffer.wrap(frame, FrameType.HEADER_LENGTH, length).slice());
        assertThat(resp.id()).isEqualTo(Integer.toUnsignedLong(ID));
        assertThat(resp.actionType()).isEqualTo(Action.Rewrite);
        return (Rewrite) resp.action(new Rewrite());
    }

    @Test
    void whatAnAcceptedRequestGetsIsRead() {
        Rewrite rewrite = read(encode(accept(
                List.of(
                        new Header("apikey", null),
                        new Header("X-Consumer-Username", "jack"),
                        new Header("X-Consumer-Custom-ID", "ümläut 漢 \uD83D\uDE00")),
                List.of("apikey"))));

        assertThat(rewrite.path()).isNull();
        assertThat(rewrite.headersLength()).isEqualTo(3);
        assertThat(rewrite.headers(0).name()).isEqualTo("apikey");
        assertThat(rewrite.headers(0).valueAsByteBuffer()).isNull();
        assertThat(rewrite.headers(1).value()).isEqualTo("jack");
        assertThat(rewrite.headers(2).value()).isEqualTo("ümläut 漢 \uD83D\uDE00");
        assertThat(rewrite.argsLength()).isEqualTo(1);
        assertThat(rewrite.args(0).name()).isEqualTo("apikey");
        assertThat(rewrite.args(0).valueAsByteBuffer()).isNull();
        assertThat(rewrite.respHeadersLength()).isZero();
    }

    @Test
    void fieldsWithoutElementsAreLeftOut() {
        Rewrite rewrite = read(encode(accept(List.of(), List.of("apikey"))));
        assertThat(rewrite.headersVector()).isNull();
        assertThat(rewrite.argsLength()).isEqualTo(1);
    }

    /** The stand-in for APISIX, which follows every offset, reads the same changes. */
    @Property
    void anyChangesAreReadAsTheyWere(
            @ForAll @Size(max = 5) List<@StringLength(max = 40) String> names,
            @ForAll @Size(max = 5) List<@StringLength(max = 40) String> values,
            @ForAll @Size(min = 1, max = 3) List<@StringLength(max = 9) String> removed,
            @ForAll Random random)
            throws Exception {
        List<Header> headers = IntStream.range(0, names.size())
                .mapToObj(i -> new Header(names.get(i), value(values, i, random)))
                .toList();
        byte[] frame = encode(accept(headers, removed));

        var decoded = (dev.secretproviders.gateway.RunnerMessage.Decided) RunnerMessages.decode(frame(frame));
        var rewrite = (dev.secretproviders.gateway.RunnerMessage.Action.Rewrite) decoded.action();
        assertThat(rewrite.headers())
                .containsExactlyElementsOf(headers.stream()
                        .map(header -> new Entry(sent(header.name()), sentOrNull(header.value())))
                        .toList());
        assertThat(rewrite.args())
                .containsExactlyElementsOf(removed.stream()
                        .map(name -> new Entry(sent(name), null))
                        .toList());
        assertThat(frame.length % 4).isZero();
    }

    private static @Nullable String value(List<String> values, int index, Random random) {
        return index < values.size() && random.nextBoolean() ? values.get(index) : null;
    }

    /** Half a surrogate pair is not a character and is sent as a question mark. */
    private static String sent(String text) {
        return new String(
                text.getBytes(java.nio.charset.StandardCharsets.UTF_8), java.nio.charset.StandardCharsets.UTF_8);
    }

    private static @Nullable String sentOrNull(@Nullable String text) {
        return text == null ? null : sent(text);
    }

    @Test
    void answerThatIsTooLongIsRefusedAndLeavesNothingBehind() {
        Changed accept = accept(List.of(new Header("x", "y".repeat(FrameType.MAX_BODY_LENGTH))), List.of());
        assertThatThrownBy(() -> new AcceptEncoder().encode(UnpooledByteBufAllocator.DEFAULT, ID, accept))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("too long for a frame");
    }

    /** Each answer uses the kept form that fits it, whatever was encoded before. */
    @Test
    void answersThatDifferInTheirFormAreWrittenRightOneAfterAnother() {
        List<Changed> answers = List.of(
                accept(List.of(new Header("A", "1"), new Header("B", null)), List.of()),
                accept(List.of(new Header("A", "longer"), new Header("B", null)), List.of()),
                accept(List.of(new Header("A", null), new Header("B", "1")), List.of()),
                accept(List.of(new Header("A", "1"), new Header("B", "")), List.of()),
                accept(List.of(new Header("A", "1"), new Header("B", null)), List.of("a")),
                accept(List.of(new Header("A", "1"), new Header("C", null)), List.of()),
                // These two forms share one slot.
                accept(fiveHeaders("1"), List.of()),
                accept(fiveHeaders(null), List.of()));
        AcceptEncoder one = new AcceptEncoder();
        for (int round = 0; round < 3; round++) {
            for (Changed answer : answers) {
                assertThat(encode(one, answer)).isEqualTo(encode(new AcceptEncoder(), answer));
            }
        }
    }

    private static List<Header> fiveHeaders(@Nullable String first) {
        return List.of(
                new Header("A", first),
                new Header("B", null),
                new Header("C", null),
                new Header("D", null),
                new Header("E", null));
    }

    /** Otherwise a hundred thousand answers a second would allocate a hundred thousand objects. */
    @Test
    void usualAnswersMakeNoGarbage() throws Exception {
        List<Changed> answers = List.of(
                accept(List.of(new Header("A", "1"), new Header("B", null), new Header("C", null)), List.of()),
                accept(List.of(new Header("A", "1"), new Header("B", "id"), new Header("C", null)), List.of()),
                accept(List.of(new Header("A", "1"), new Header("B", "id"), new Header("C", "c")), List.of()));
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        AtomicLong allocated = new AtomicLong();
        Thread loop = new FastThreadLocalThread(() -> {
            AcceptEncoder encoder = new AcceptEncoder();
            encodeMany(encoder, answers);
            long before = threads.getCurrentThreadAllocatedBytes();
            encodeMany(encoder, answers);
            allocated.set(threads.getCurrentThreadAllocatedBytes() - before);
        });
        loop.start();
        loop.join();
        // The smallest object has 16 bytes. Netty's leak detection, which samples one buffer in 128, allocates some.
        assertThat(allocated.get()).isLessThan(16L * MANY);
    }

    private static void encodeMany(AcceptEncoder encoder, List<Changed> answers) {
        for (int i = 0; i < MANY; i++) {
            encoder.encode(PooledByteBufAllocator.DEFAULT, i, answers.get(i % answers.size()))
                    .release();
        }
    }

    private static Frame frame(byte[] bytes) {
        byte[] body = new byte[bytes.length - FrameType.HEADER_LENGTH];
        System.arraycopy(bytes, FrameType.HEADER_LENGTH, body, 0, body.length);
        return new Frame(bytes[0], dev.secretproviders.gateway.Body.of(body));
    }
}
