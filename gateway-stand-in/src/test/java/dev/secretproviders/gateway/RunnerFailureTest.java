package dev.secretproviders.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.gateway.FakeRunner.Script;
import dev.secretproviders.gateway.RunnerClient.Options;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each failure of a runner is 503, or passes unauthenticated where the route allows degradation. */
final class RunnerFailureTest {
    private static final RouteConf ROUTE = RouteConf.of("r1", "p", "");
    private static final GatewayRequest REQUEST = GatewayRequest.get("/").header("X-A", "1");
    private static final Options QUICK = Options.DEFAULT.withTimeout(Duration.ofMillis(200));

    @TempDir
    Path directory;

    static Stream<Arguments> failures() {
        return Stream.of(
                failure("error frame 0", (peer, _) -> peer.send(RunnerFrames.error(0)), "bad request"),
                failure("error frame 1", (peer, _) -> peer.send(RunnerFrames.error(1)), "service unavailable"),
                failure("error frame 9", (peer, _) -> peer.send(RunnerFrames.error(9)), "unknown err 9"),
                failure("closed", (peer, _) -> peer.close(), "closed"),
                failure("silent", (_, _) -> {}, "timeout"),
                failure("half a header", (peer, _) -> peer.send((byte) 2, (byte) 0), "timeout"),
                failure("half a frame", (peer, _) -> peer.send(Frame.encodeHeader(2, 100)), "timeout"),
                failure("half a frame, closed", RunnerFailureTest::halfAFrameThenClose, "closed"),
                failure("no FlatBuffers", (peer, _) -> peer.send(new Frame(2, Body.of("????????"))), "no such message"),
                failure("empty body", (peer, _) -> peer.send(new Frame(2, Body.EMPTY)), "no such message"),
                failure("unknown type", (peer, _) -> peer.send(new Frame(77, Body.EMPTY)), "unexpected type 77"),
                failure("another type", (peer, _) -> peer.send(RunnerFrames.prepared(1)), "unexpected Prepared"));
    }

    private static Arguments failure(String name, Script onRequest, String reason) {
        return Arguments.argumentSet(name, onRequest, reason);
    }

    @ParameterizedTest
    @MethodSource("failures")
    void isAnsweredWith503AndTheConnectionIsClosed(Script onRequest, String reason) throws IOException {
        try (FakeRunner runner = FakeRunner.start(directory, preparingThen(onRequest));
                RunnerClient client = RunnerClient.open(runner.socket(), QUICK)) {
            assertThat(client.call(REQUEST, ROUTE)).isInstanceOfSatisfying(Outcome.Failed.class, failed -> {
                assertThat(failed.status()).isEqualTo(503);
                assertThat(failed.reason()).contains(reason);
            });
            assertThat(client.worker(0).connectionsIdle()).isEqualTo(1);
            await().untilAsserted(() -> assertThat(runner.open()).isEqualTo(1));
            assertThat(runner.received(Frame.HTTP_REQ_CALL)).hasSize(1);
        }
    }

    @ParameterizedTest
    @MethodSource("failures")
    void passesUnchangedWithDegradation(Script onRequest, String reason) throws IOException {
        try (FakeRunner runner = FakeRunner.start(directory, preparingThen(onRequest));
                RunnerClient client = RunnerClient.open(runner.socket(), QUICK)) {
            assertThat(client.call(REQUEST, ROUTE.withDegradation()))
                    .isInstanceOfSatisfying(Outcome.Continue.class, passed -> {
                        assertThat(passed.degraded()).as(reason).isTrue();
                        assertThat(passed.upstream().headers()).isEqualTo(REQUEST.headers());
                    });
        }
    }

    @Test
    void noSocketIs503() {
        try (RunnerClient client = RunnerClient.open(directory.resolve("missing.sock"))) {
            assertThat(client.call(REQUEST, ROUTE))
                    .isInstanceOfSatisfying(
                            Outcome.Failed.class,
                            failed -> assertThat(failed.reason()).contains("failed to connect"));
        }
    }

    @Test
    void fullBacklogIsRefusedAtOnce() throws IOException {
        Path socket = directory.resolve("busy.sock");
        List<SocketChannel> waiting = new ArrayList<>();
        try (ServerSocketChannel busy = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                RunnerClient client = RunnerClient.open(socket)) {
            busy.bind(UnixDomainSocketAddress.of(socket), 1);
            assertThatExceptionOfType(SocketException.class).isThrownBy(() -> {
                for (int i = 0; i < 100; i++) {
                    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                    waiting.add(channel);
                    channel.configureBlocking(false);
                    channel.connect(UnixDomainSocketAddress.of(socket));
                }
            });

            assertThat(client.call(REQUEST, ROUTE))
                    .isInstanceOfSatisfying(
                            Outcome.Failed.class,
                            failed -> assertThat(failed.reason()).contains("failed to connect"));
        } finally {
            for (SocketChannel channel : waiting) {
                channel.close();
            }
        }
    }

    @Test
    void failedPrepareConfIs503AndIsAskedAgainNextTime() throws IOException {
        try (FakeRunner runner = FakeRunner.start(directory, (peer, _) -> peer.send(RunnerFrames.error(1)));
                RunnerClient client = RunnerClient.open(runner.socket())) {
            Outcome.Failed expected =
                    new Outcome.Failed(503, "failed to receive RPC_PREPARE_CONF: service unavailable");
            assertThat(client.call(REQUEST, ROUTE)).isEqualTo(expected);
            assertThat(client.call(REQUEST, ROUTE)).isEqualTo(expected);

            assertThat(runner.received(Frame.PREPARE_CONF)).hasSize(2);
            assertThat(runner.received(Frame.HTTP_REQ_CALL)).isEmpty();
            await().untilAsserted(() -> assertThat(runner.open()).isZero());
        }
    }

    @Test
    void requestTooLongForAFrameIs503() throws IOException {
        try (FakeRunner runner = FakeRunner.answering(directory, RunnerFrames.pass(0));
                RunnerClient client = RunnerClient.open(runner.socket())) {
            GatewayRequest tooLong = REQUEST.header("x-long", "x".repeat(Frame.MAX_LENGTH));

            assertThat(client.call(tooLong, ROUTE))
                    .isInstanceOfSatisfying(
                            Outcome.Failed.class,
                            failed -> assertThat(failed.reason()).contains("max length of data"));
        }
    }

    private static Script preparingThen(Script onRequest) {
        return (peer, frame) -> {
            if (frame.type() == Frame.PREPARE_CONF) {
                peer.send(RunnerFrames.prepared(1));
            } else {
                onRequest.onFrame(peer, frame);
            }
        };
    }

    private static void halfAFrameThenClose(FakeRunner.Peer peer, Frame ignored) throws IOException {
        peer.send(Frame.encodeHeader(Frame.HTTP_REQ_CALL, 100));
        peer.close();
    }
}
