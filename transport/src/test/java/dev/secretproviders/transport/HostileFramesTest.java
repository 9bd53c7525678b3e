package dev.secretproviders.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.gateway.Entry;
import dev.secretproviders.gateway.Frame;
import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.Messages;
import dev.secretproviders.gateway.RawConnection;
import dev.secretproviders.gateway.RunnerMessage;
import dev.secretproviders.transport.wire.FrameReading;
import io.netty.util.internal.PlatformDependent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Bytes that APISIX would never send close their own connection and disturb no other. */
final class HostileFramesTest {
    private static final Duration FRAME_TIMEOUT = Duration.ofMillis(300);

    private TestServer server;
    private RawConnection good;
    private long token;

    @BeforeEach
    void start() throws IOException {
        server = TestServer.start(options -> options.withFrameTimeout(FRAME_TIMEOUT));
        good = server.connect();
        token = WireTest.prepare(good);
    }

    @AfterEach
    void stop() throws IOException {
        good.close();
        server.close();
    }

    @Test
    void twoHundredMalformedFramesDisturbNobodyElse() throws IOException {
        List<byte[]> frames = malformedFrames();
        assertThat(frames).hasSizeGreaterThanOrEqualTo(200);

        for (byte[] frame : frames) {
            try (RawConnection bad = server.connect()) {
                bad.send(frame);
                assertThat(bad.readAnswer(TestServer.SOON))
                        .isEqualTo(new RunnerMessage.Failure(RunnerMessage.Failure.BAD_REQUEST));
                assertThat(bad.awaitClosed(TestServer.SOON)).isTrue();
            }
            assertGoodConnectionAnswers();
        }
        assertThat(server.stats().malformedFrames()).isEqualTo(frames.size());
    }

    /** Returns frames with unknown types, frames without a message, and real messages with each offset changed. */
    private List<byte[]> malformedFrames() {
        List<byte[]> frames = new ArrayList<>();
        for (int type : new int[] {0, 3, 5, 6, 7, 63, 65, 127, 128, 200, 255}) {
            frames.add(Frame.encodeFrame(type, new byte[16]));
        }
        for (int type : new int[] {Frame.PREPARE_CONF, Frame.HTTP_REQ_CALL, Frame.HTTP_RESP_CALL}) {
            frames.add(Frame.encodeFrame(type, new byte[0]));
            for (int length : new int[] {1, 2, 3, 4, 5, 7, 8, 12, 100, 4096}) {
                byte[] noise = new byte[length];
                Arrays.fill(noise, (byte) 0xff);
                frames.add(Frame.encodeFrame(type, noise));
                frames.add(Frame.encodeFrame(type, new byte[length]));
            }
        }
        List<Frame> whole = List.of(
                Messages.prepareConf("route#2#ext-plugin-pre-req#1", List.of(Entry.of("keys", "{}"))),
                Messages.httpReqCall(1, token, WireTest.keyed("key-1")));
        for (Frame frame : whole) {
            byte[] body = frame.body().bytes();
            for (int length = 4; length < body.length; length += 4) {
                // Cut inside a text, a table or the root.
                byte[] cut = Arrays.copyOf(body, length);
                addIfMalformed(frames, frame.type(), cut);
            }
            for (int at = 0; at + 4 <= body.length; at += 4) {
                byte[] bent = body.clone();
                bent[at + 3] ^= 0x55;
                addIfMalformed(frames, frame.type(), bent);
                byte[] bentLittle = body.clone();
                bentLittle[at] ^= (byte) 0xfe;
                bentLittle[at + 1] ^= 0x7f;
                addIfMalformed(frames, frame.type(), bentLittle);
            }
        }
        return frames;
    }

    /** Adds a frame if it is malformed. A change of some bytes, such as those of a text, leaves it well-formed. */
    private static void addIfMalformed(List<byte[]> frames, int type, byte[] body) {
        if (!FrameReading.isWellFormed(type, body)) {
            frames.add(Frame.encodeFrame(type, body));
        }
    }

    @Test
    void randomlyChangedFramesNeverDoMoreThanCloseTheirConnection() throws IOException {
        Random random = new Random(20261123);
        byte[] body = Messages.httpReqCall(
                        7, token, WireTest.keyed("key-7").header("x-a", "b").header("x-a", "c"))
                .body()
                .bytes();
        for (int i = 0; i < 500; i++) {
            byte[] changed = body.clone();
            for (int n = random.nextInt(1, 6); n > 0; n--) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt();
            }
            try (RawConnection bad = server.connect()) {
                bad.send(Frame.encodeFrame(Frame.HTTP_REQ_CALL, changed));
                assertThat(bad.readAnswer(TestServer.SOON))
                        .isInstanceOfAny(RunnerMessage.Decided.class, RunnerMessage.Failure.class);
            }
        }
        assertGoodConnectionAnswers();
    }

    @Test
    void secondFrameBeforeTheAnswerClosesTheConnection() throws IOException {
        try (RawConnection bad = server.connect()) {
            ByteArrayOutputStream two = new ByteArrayOutputStream();
            two.writeBytes(
                    Messages.httpReqCall(1, token, WireTest.keyed("key-1")).encode());
            two.writeBytes(
                    Messages.httpReqCall(2, token, WireTest.keyed("key-2")).encode());
            bad.send(two.toByteArray());
            assertThat(bad.awaitClosed(TestServer.SOON)).isTrue();
        }
        assertThat(server.stats().pipelinedFrames()).isEqualTo(1);
        assertGoodConnectionAnswers();
    }

    @Test
    void halfAFrameThenSilenceIsClosedAndIdleConnectionsLive() throws IOException {
        byte[] frame = Messages.httpReqCall(1, token, WireTest.keyed("key-1")).encode();
        for (int length : new int[] {1, 3, 4, frame.length / 2, frame.length - 1}) {
            try (RawConnection bad = server.connect()) {
                bad.send(Arrays.copyOf(frame, length));
                assertThat(bad.awaitClosed(TestServer.SOON)).isTrue();
            }
        }
        assertThat(server.stats().stalledFrames()).isEqualTo(5);
        // This connection has been idle for five times the frame timeout.
        assertGoodConnectionAnswers();
    }

    @Test
    void frameInManyPiecesIsAnswered() throws IOException {
        byte[] frame = Messages.httpReqCall(1, token, WireTest.keyed("key-1")).encode();
        for (byte piece : frame) {
            good.send(piece);
        }
        assertThat(good.readAnswer(TestServer.SOON)).isInstanceOf(RunnerMessage.Decided.class);
    }

    @Test
    void announcedLengthReservesNoMemory() throws IOException {
        List<RawConnection> many = new ArrayList<>();
        long before = usedDirectMemory();
        try {
            for (int i = 0; i < 50; i++) {
                RawConnection raw = server.connect();
                many.add(raw);
                raw.send(Frame.encodeHeader(Frame.HTTP_REQ_CALL, Frame.MAX_LENGTH));
            }
            Awaitility.await()
                    .until(() -> server.stats().connectionsOpen() == 51
                            || server.stats().stalledFrames() > 0);
            assertThat(usedDirectMemory() - before).isLessThan(64L << 20);
        } finally {
            for (RawConnection raw : many) {
                raw.close();
            }
        }
    }

    private static long usedDirectMemory() {
        return PlatformDependent.usedDirectMemory();
    }

    @Test
    void clientThatGoesAwayInMidFrameIsForgotten() throws IOException {
        try (RawConnection bad = server.connect()) {
            bad.send(Frame.encodeHeader(Frame.HTTP_REQ_CALL, 100));
        }
        Awaitility.await().until(() -> server.stats().connectionsOpen() == 1);
    }

    private void assertGoodConnectionAnswers() throws IOException {
        good.send(Messages.httpReqCall(77, token, GatewayRequest.get("/")));
        assertThat(good.readAnswer(TestServer.SOON))
                .isInstanceOfSatisfying(
                        RunnerMessage.Decided.class,
                        decided -> assertThat(decided.id()).isEqualTo(77));
    }
}
