package dev.secretproviders.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RawConnectionTest {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final Duration SHORT = Duration.ofMillis(50);

    @TempDir
    Path directory;

    @Test
    void framesHaveOneByteOfTypeAndThreeOfLengthBigEndian() {
        assertThat(Frame.encodeHeader(2, 0x010203)).containsExactly(2, 1, 2, 3);
        assertThat(Frame.encodeFrame(1, new byte[] {9})).containsExactly(1, 0, 0, 1, 9);
        assertThatIllegalArgumentException().isThrownBy(() -> Frame.encodeHeader(2, 1 << 24));
        assertThatIllegalArgumentException().isThrownBy(() -> Frame.encodeHeader(256, 1));
    }

    @Test
    void messagesAreSentAndAnswersDecoded() throws IOException {
        try (FakeRunner runner = FakeRunner.answering(directory, RunnerFrames.pass(42));
                RawConnection raw = RawConnection.open(runner.socket())) {
            raw.send(Messages.prepareConf("key", List.of(Entry.of("p", ""))));
            assertThat(raw.readAnswer(SOON)).isEqualTo(new RunnerMessage.Prepared(1));

            raw.send(Messages.httpReqCall(42, 1, GatewayRequest.get("/")));
            assertThat(raw.readAnswer(SOON)).isEqualTo(new RunnerMessage.Decided(42, new RunnerMessage.Action.None()));
        }
    }

    @Test
    void timeoutKeepsWhatHasComeForTheNextRead() throws IOException {
        byte[] answer = RunnerFrames.pass(7).encode();
        try (FakeRunner runner = FakeRunner.start(directory, (peer, frame) -> {
                    int half = answer.length / 2;
                    boolean first = frame.type() == Frame.PREPARE_CONF;
                    peer.send(first ? Arrays.copyOf(answer, half) : Arrays.copyOfRange(answer, half, answer.length));
                });
                RawConnection raw = RawConnection.open(runner.socket())) {
            raw.send(new Frame(Frame.PREPARE_CONF, Body.EMPTY));
            assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(() -> raw.readFrame(SHORT));

            raw.send(new Frame(Frame.HTTP_REQ_CALL, Body.EMPTY));
            assertThat(raw.readAnswer(SOON)).isEqualTo(new RunnerMessage.Decided(7, new RunnerMessage.Action.None()));
        }
    }

    @Test
    void closingIsSeen() throws IOException {
        try (FakeRunner runner = FakeRunner.start(directory, (peer, _) -> {
                    peer.send((byte) 1);
                    peer.close();
                });
                RawConnection reading = RawConnection.open(runner.socket());
                RawConnection waiting = RawConnection.open(runner.socket())) {
            assertThat(waiting.awaitClosed(SHORT)).isFalse();

            reading.send(new Frame(77, Body.EMPTY));
            assertThatExceptionOfType(EOFException.class).isThrownBy(() -> reading.readFrame(SOON));
            waiting.send(new Frame(77, Body.EMPTY));
            assertThat(waiting.awaitClosed(SOON)).isTrue();
        }
    }

    @Test
    void runnerThatDoesNotReadTakesOnlyWhatTheSocketHolds() throws IOException {
        try (FakeRunner runner = FakeRunner.start(directory, (_, _) -> Thread.sleep(Duration.ofDays(1)));
                RawConnection raw = RawConnection.open(runner.socket())) {
            raw.send(new Frame(1, Body.EMPTY));

            assertThat(raw.trySend(SHORT, new byte[10_000_000])).isLessThan(10_000_000);
        }
    }
}
