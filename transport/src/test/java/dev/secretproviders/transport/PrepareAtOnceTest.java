package dev.secretproviders.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.gateway.Entry;
import dev.secretproviders.gateway.Frame;
import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.Messages;
import dev.secretproviders.gateway.RawConnection;
import dev.secretproviders.gateway.RunnerMessage;
import dev.secretproviders.transport.hosted.TestFilter;
import dev.secretproviders.transport.socket.TransportOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.apisix.plugin.runner.filter.PluginFilter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Routes are prepared while keys are not known yet. Requests wait meanwhile, and are then answered once each. */
final class PrepareAtOnceTest {
    private static final RunnerMessage PASSED = new RunnerMessage.Decided(7, new RunnerMessage.Action.None());

    @TempDir
    private Path directory;

    private UnixSocketServer server;

    @BeforeEach
    void bind() throws IOException {
        PluginFilter filter = TestFilter.onRequest("a", (request, response, chain) -> chain.filter(request, response));
        server = new UnixSocketServer(
                TransportOptions.of(directory.resolve("runner.sock")).withFrameTimeout(Duration.ofMillis(50)),
                List.of(),
                List.of(filter),
                TestServer::verdict);
        server.bind(null);
    }

    @AfterEach
    void stop() {
        server.stop(TestServer.SOON);
    }

    private RawConnection connect() throws IOException {
        return RawConnection.open(directory.resolve("runner.sock"));
    }

    private static long prepare(RawConnection raw) throws IOException {
        raw.send(Messages.prepareConf("route#1#ext-plugin-pre-req#1", List.of(Entry.of("a", ""))));
        return ((RunnerMessage.Prepared) raw.readAnswer(TestServer.SOON)).token();
    }

    @Test
    void routesArePreparedAndRequestsWaitUntilTheyCanBeDecided() throws Exception {
        try (RawConnection first = connect();
                RawConnection second = connect();
                RawConnection verdicts = connect()) {
            long token = prepare(first);
            assertThat(prepare(second)).isEqualTo(token);
            Frame request = Messages.httpReqCall(7, token, GatewayRequest.get("/"));
            first.send(request);
            second.send(request);
            verdicts.send((byte) Frame.VERDICT, (byte) 0, (byte) 0, (byte) 5);
            // Longer than the timeout of a frame that has begun.
            Thread.sleep(200);
            assertThat(server.stats().requestFrames()).isZero();
            verdicts.send("key-1".getBytes(StandardCharsets.UTF_8));

            server.accept();

            assertThat(first.readAnswer(TestServer.SOON)).isEqualTo(PASSED);
            assertThat(second.readAnswer(TestServer.SOON)).isEqualTo(PASSED);
            assertThat(verdicts.readFrame(TestServer.SOON).type()).isEqualTo(Frame.VERDICT);
            first.send(request);
            assertThat(first.readAnswer(TestServer.SOON)).as("later ones, too").isEqualTo(PASSED);
        }
    }

    @Test
    void manyThatWaitAreAllAnsweredWheneverTheDecidingBegins() throws Exception {
        Thread accepting = Thread.ofVirtual().unstarted(server::accept);
        List<RawConnection> connections = new ArrayList<>();
        try {
            for (int i = 0; i < 200; i++) {
                if (i == 100) {
                    accepting.start();
                }
                RawConnection raw = connect();
                connections.add(raw);
                raw.send(Messages.httpReqCall(7, prepare(raw), GatewayRequest.get("/")));
            }
            for (RawConnection raw : connections) {
                assertThat(raw.readAnswer(TestServer.SOON)).isEqualTo(PASSED);
            }
        } finally {
            for (RawConnection raw : connections) {
                raw.close();
            }
        }
        accepting.join();
    }

    @Test
    void whoWaitsWhenTheServerStopsIsTurnedAway() throws Exception {
        try (RawConnection raw = connect()) {
            raw.send(Messages.httpReqCall(7, prepare(raw), GatewayRequest.get("/")));
            server.stop(TestServer.SOON);
            assertThat(raw.awaitClosed(TestServer.SOON)).isTrue();
        }
    }
}
