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
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.apache.apisix.plugin.runner.filter.PluginFilter;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server takes the place of another one, with its connections: clients that use them notice nothing. */
final class HandOverTest {
    private static final RunnerMessage PASSED = new RunnerMessage.Decided(7, new RunnerMessage.Action.None());

    @TempDir
    private Path directory;

    private final CountDownLatch running = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private UnixSocketServer old;
    private UnixSocketServer next;

    private UnixSocketServer server(UnaryOperator<TransportOptions> options) {
        PluginFilter filter = TestFilter.onRequest("a", (request, response, chain) -> chain.filter(request, response));
        PluginFilter slow = TestFilter.onRequest("slow", (request, response, chain) -> {
            running.countDown();
            release.await();
            chain.filter(request, response);
        });
        return new UnixSocketServer(
                options.apply(TransportOptions.of(directory.resolve("runner.sock"))
                        .withRequestDeadline(Duration.ofSeconds(10))),
                List.of(),
                List.of(filter, slow),
                TestServer::verdict);
    }

    @BeforeEach
    void start() throws IOException {
        old = server(UnaryOperator.identity());
        TestServer.listen(old);
        next = server(TransportOptions::withReplacing);
    }

    @AfterEach
    void stop() {
        old.stop(TestServer.SOON);
        next.stop(TestServer.SOON);
    }

    private RawConnection connect() throws IOException {
        return RawConnection.open(directory.resolve("runner.sock"));
    }

    private void takeOver() throws IOException {
        next.tokens().restore(old.tokens().known());
        TestServer.listen(next);
        try (ConnectionInlet _ = next.inlet(directory)) {
            old.handOver(directory, TestServer.SOON);
        }
    }

    private static long prepare(RawConnection raw, String filter) throws IOException {
        raw.send(Messages.prepareConf("route#" + filter + "#ext-plugin-pre-req#1", List.of(Entry.of(filter, ""))));
        return ((RunnerMessage.Prepared) raw.readAnswer(TestServer.SOON)).token();
    }

    @Test
    void idleConnectionStaysOpenAndTheNextServerAnswersOnIt() throws Exception {
        try (RawConnection raw = connect()) {
            long token = prepare(raw, "a");

            takeOver();

            assertThat(old.stats().connectionsOpen()).isZero();
            raw.send(Messages.httpReqCall(7, token, GatewayRequest.get("/")));
            assertThat(raw.readAnswer(TestServer.SOON)).isEqualTo(PASSED);
            assertThat(next.stats().requestFrames()).isEqualTo(1);
            assertThat(next.stats().unknownTokens()).isZero();
        }
        assertThat(directory.resolve("runner.sock")).exists();
    }

    @Test
    void requestUnderWayIsAnsweredByTheOldServerAndLaterOnesByTheNext() throws Exception {
        try (RawConnection raw = connect();
                RawConnection half = connect()) {
            long token = prepare(raw, "slow");
            raw.send(Messages.httpReqCall(7, token, GatewayRequest.get("/")));
            running.await();
            byte[] frame = Frame.encodeFrame(Frame.VERDICT, "key-1".getBytes(StandardCharsets.UTF_8));
            half.send(Arrays.copyOf(frame, 6));

            CompletableFuture<Void> handingOver = CompletableFuture.runAsync(() -> {
                try {
                    takeOver();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            half.send(Arrays.copyOfRange(frame, 6, frame.length));
            assertThat(half.readFrame(TestServer.SOON).type()).isEqualTo(Frame.VERDICT);
            release.countDown();

            assertThat(raw.readAnswer(TestServer.SOON)).isEqualTo(PASSED);
            handingOver.join();
            raw.send(Messages.httpReqCall(7, token, GatewayRequest.get("/")));
            assertThat(raw.readAnswer(TestServer.SOON)).isEqualTo(PASSED);
            assertThat(next.stats().requestFrames()).isEqualTo(1);
        }
    }

    @Test
    void nothingIsLostUnderLoad() throws Exception {
        AtomicBoolean enough = new AtomicBoolean();
        CountDownLatch asking = new CountDownLatch(8);
        List<CompletableFuture<Integer>> clients = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            boolean keeps = i % 2 == 0;
            clients.add(
                    CompletableFuture.supplyAsync(() -> answers(enough, keeps, asking), Thread::startVirtualThread));
        }
        asking.await();

        takeOver();

        Awaitility.await().until(() -> next.stats().requestFrames() > 0);
        enough.set(true);
        for (CompletableFuture<Integer> client : clients) {
            assertThat(client.join()).isPositive();
        }
        assertThat(old.stats().connectionsOpen()).isZero();
        assertThat(next.stats().requestFrames()).isPositive();
    }

    /** Sends requests one after another, on one connection or each on its own. Fails unless each is answered. */
    private int answers(AtomicBoolean enough, boolean keeps, CountDownLatch asking) {
        int answers = 0;
        try (RawConnection kept = connect()) {
            long token = prepare(kept, "a");
            asking.countDown();
            for (; !enough.get(); answers++) {
                if (keeps) {
                    assertThat(answer(kept, token)).isEqualTo(PASSED);
                } else {
                    try (RawConnection raw = connect()) {
                        assertThat(answer(raw, token)).isEqualTo(PASSED);
                    }
                }
            }
            return answers;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static RunnerMessage answer(RawConnection raw, long token) throws IOException {
        raw.send(Messages.httpReqCall(7, token, GatewayRequest.get("/")));
        return raw.readAnswer(TestServer.SOON);
    }

    @Test
    void connectionsAreClosedInOrderIfTheNextServerDoesNotTakeThem() throws Exception {
        try (RawConnection raw = connect()) {
            long _ = prepare(raw, "a");
            TestServer.listen(next);

            old.handOver(Files.createDirectory(directory.resolve("empty")), TestServer.SOON);

            assertThat(raw.awaitClosed(TestServer.SOON)).isTrue();
        }
    }
}
