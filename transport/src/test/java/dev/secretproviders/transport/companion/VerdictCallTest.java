package dev.secretproviders.transport.companion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.gateway.Frame;
import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.Messages;
import dev.secretproviders.gateway.RawConnection;
import dev.secretproviders.gateway.RunnerMessage;
import dev.secretproviders.transport.TestServer;
import dev.secretproviders.transport.WireTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Verdict calls as a companion sees them on the wire. */
final class VerdictCallTest {
    private static final Duration FRAME_TIMEOUT = Duration.ofMillis(300);
    private static final int LONGEST = 65_536;

    private TestServer server;
    private RawConnection raw;

    @BeforeEach
    void start() throws IOException {
        server = TestServer.start(options -> options.withFrameTimeout(FRAME_TIMEOUT));
        raw = server.connect();
    }

    @AfterEach
    void stop() throws IOException {
        raw.close();
        server.close();
    }

    private String ask(byte[] key) throws IOException {
        return raw.verdict(key, TestServer.SOON);
    }

    private String ask(String key) throws IOException {
        return ask(bytes(key));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private String epoch() throws IOException {
        return JsonMapper.shared().readTree(ask("any")).path("epoch").asString();
    }

    @Test
    void answersAreWhatTheProtocolSays() throws IOException {
        String begin = ",\"epoch\":\"" + epoch() + "\",\"sequence\":7";
        assertThat(ask("key-1"))
                .isEqualTo("{\"verdict\":\"accepted\"" + begin + ",\"consumer\":\"user-1\",\"credential\":\"c\"}");
        assertThat(ask("key-2-inline"))
                .isEqualTo("{\"verdict\":\"accepted\"" + begin + ",\"consumer\":\"user-2\",\"ttl_ms\":1000}");
        assertThat(ask("wrong")).isEqualTo("{\"verdict\":\"refused\"" + begin + ",\"reason\":\"invalid_key\"}");
        assertThat(ask("early")).isEqualTo("{\"verdict\":\"unavailable\"" + begin + ",\"reason\":\"unresolved\"}");
        assertThat(server.stats().verdictsAccepted()).isEqualTo(2);
        assertThat(server.stats().verdictsRefused()).isEqualTo(2);
        assertThat(server.stats().verdictsUnavailable()).isEqualTo(1);
    }

    @Test
    void epochIsAnotherOneForEachStart() throws IOException {
        try (TestServer other = TestServer.start();
                RawConnection there = other.connect()) {
            JsonNode answer = JsonMapper.shared().readTree(there.verdict(bytes("any"), TestServer.SOON));
            assertThat(answer.path("epoch").asString()).hasSize(16).isNotEqualTo(epoch());
        }
    }

    @Test
    void callsAndRequestsMayFollowEachOtherOnOneConnection() throws IOException {
        long token = WireTest.prepare(raw);
        for (int i = 0; i < 20; i++) {
            assertThat(ask("key-" + i)).contains("\"user-" + i + "\"");
            raw.send(Messages.httpReqCall(i, token, GatewayRequest.get("/")));
            assertThat(raw.readAnswer(TestServer.SOON)).isInstanceOf(RunnerMessage.Decided.class);
        }
    }

    @Test
    void keyOfNoBytesIsNobodysAndTheLongestIsLookedUp() throws IOException {
        assertThat(ask(new byte[0])).contains("\"refused\"");
        assertThat(ask(new byte[LONGEST])).contains("\"refused\"");
    }

    @Test
    void keyThatIsTooLongIsNotEvenWaitedFor() throws IOException {
        raw.send(Frame.encodeHeader(Frame.VERDICT, LONGEST + 1));
        assertThat(raw.readAnswer(TestServer.SOON))
                .isEqualTo(new RunnerMessage.Failure(RunnerMessage.Failure.BAD_REQUEST));
        assertThat(raw.awaitClosed(TestServer.SOON)).isTrue();
        assertThat(server.stats().malformedFrames()).isEqualTo(1);
    }

    @Test
    void callBeforeTheAnswerToAnotherClosesTheConnection() throws IOException {
        ByteArrayOutputStream two = new ByteArrayOutputStream();
        two.writeBytes(Frame.encodeFrame(Frame.VERDICT, bytes("key-1")));
        two.writeBytes(Frame.encodeFrame(Frame.VERDICT, bytes("key-2")));
        raw.send(two.toByteArray());
        assertThat(raw.awaitClosed(TestServer.SOON)).isTrue();
        assertThat(server.stats().pipelinedFrames()).isEqualTo(1);
        assertThat(server.stats().verdictsAccepted()).isZero();
    }

    @Test
    void callInManyPiecesIsAnsweredAndHalfOfOneIsNotWaitedForLong() throws IOException {
        byte[] frame = Frame.encodeFrame(Frame.VERDICT, bytes("key-1"));
        for (byte piece : frame) {
            raw.send(piece);
        }
        assertThat(raw.readFrame(TestServer.SOON).type()).isEqualTo(Frame.VERDICT);
        raw.send(Arrays.copyOf(frame, frame.length - 1));
        assertThat(raw.awaitClosed(TestServer.SOON)).isTrue();
        assertThat(server.stats().stalledFrames()).isEqualTo(1);
    }

    /** No answer is safer than one that may be wrong. To the companion the runner cannot be asked then. */
    @Test
    void callThatCannotBeAnsweredClosesItsConnection() throws IOException {
        raw.send(Frame.encodeFrame(Frame.VERDICT, bytes("boom")));
        assertThat(raw.awaitClosed(TestServer.SOON)).isTrue();
        try (RawConnection next = server.connect()) {
            assertThat(next.verdict(bytes("key-1"), TestServer.SOON)).contains("accepted");
        }
    }

    @Test
    void anyBytesAreAKeyAndGetOneAnswer() throws IOException {
        Random random = new Random(20261126);
        for (int i = 0; i < 2_000; i++) {
            byte[] key = new byte[random.nextInt(i % 50 == 0 ? LONGEST : 40)];
            random.nextBytes(key);
            assertThat(ask(key)).contains("\"refused\"");
        }
        assertThat(ask("key-1")).as("nothing of what came before is left").contains("\"user-1\"");
    }
}
