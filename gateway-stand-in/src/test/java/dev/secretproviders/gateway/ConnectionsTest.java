package dev.secretproviders.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.gateway.RunnerClient.Options;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a worker opens, keeps and drops connections. */
final class ConnectionsTest {
    private static final RouteConf ROUTE = RouteConf.of("r1", "p", "");
    private static final GatewayRequest REQUEST = GatewayRequest.get("/");

    @TempDir
    Path directory;

    @Test
    void prepareConfGoesOverItsOwnConnectionWhileTheRequestsOneWaits() throws IOException {
        try (FakeRunner runner = FakeRunner.answering(directory, RunnerFrames.pass(0));
                RunnerClient client = RunnerClient.open(runner.socket())) {
            client.call(REQUEST, ROUTE);

            assertThat(runner.received(Frame.PREPARE_CONF).getFirst().connection())
                    .isNotEqualTo(
                            runner.received(Frame.HTTP_REQ_CALL).getFirst().connection());
            assertThat(runner.accepted()).isEqualTo(2);
            assertThat(client.worker(0).connectionsIdle()).isEqualTo(2);
        }
    }

    @Test
    void idleConnectionIsUsedForTheNextRequest() throws IOException {
        try (FakeRunner runner = FakeRunner.answering(directory, RunnerFrames.pass(0));
                RunnerClient client = RunnerClient.open(runner.socket())) {
            for (int i = 0; i < 10; i++) {
                client.call(REQUEST, ROUTE);
            }

            assertThat(client.worker(0).connectionsOpened()).isEqualTo(2);
        }
    }

    @Test
    void aWorkerKeepsThirtyTwoIdleConnectionsHoweverManyItUsed() throws Exception {
        CountDownLatch allAsked = new CountDownLatch(64);
        try (FakeRunner runner = FakeRunner.start(directory, (peer, frame) -> {
                    if (frame.type() == Frame.PREPARE_CONF) {
                        peer.send(RunnerFrames.prepared(1));
                    } else {
                        allAsked.countDown();
                        allAsked.await();
                        peer.send(RunnerFrames.pass(0));
                    }
                });
                RunnerClient client = RunnerClient.open(runner.socket());
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Outcome>> calls = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                calls.add(threads.submit(() -> client.call(REQUEST, ROUTE)));
            }
            for (Future<Outcome> call : calls) {
                assertThat(call.get()).isInstanceOf(Outcome.Continue.class);
            }

            assertThat(client.worker(0).connectionsIdle()).isEqualTo(32);
            await().untilAsserted(() -> assertThat(runner.open()).isEqualTo(32));
        }
    }

    @Test
    void aThousandRequestsAtOnceOnThirtyTwoConnectionsEachGetTheirOwnAnswer() throws Exception {
        try (FakeRunner runner = FakeRunner.start(directory, (peer, frame) -> {
                    if (frame.type() == Frame.PREPARE_CONF) {
                        peer.send(RunnerFrames.prepared(1));
                    } else {
                        String path = RunnerFrames.request(frame).path();
                        peer.send(RunnerFrames.rewriteHeaders(Entry.of("x-path", path)));
                    }
                });
                RunnerClient client = RunnerClient.open(runner.socket());
                ExecutorService threads =
                        Executors.newFixedThreadPool(32, Thread.ofVirtual().factory())) {
            client.call(REQUEST, ROUTE);
            List<Future<Outcome>> calls = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                GatewayRequest request = GatewayRequest.get("/" + i);
                calls.add(threads.submit(() -> client.call(request, ROUTE)));
            }
            for (int i = 0; i < calls.size(); i++) {
                String path = "/" + i;
                assertThat(calls.get(i).get())
                        .isInstanceOfSatisfying(
                                Outcome.Continue.class,
                                passed -> assertThat(passed.upstream().header("x-path"))
                                        .contains(path));
            }

            assertThat(client.worker(0).connectionsOpened()).isLessThanOrEqualTo(32);
        }
    }

    @Test
    void workersDoNotShareConnections() throws IOException {
        try (FakeRunner runner = FakeRunner.answering(directory, RunnerFrames.pass(0));
                RunnerClient client = RunnerClient.open(runner.socket(), Options.DEFAULT.withWorkers(2))) {
            client.worker(0).call(REQUEST, ROUTE);
            client.worker(1).call(REQUEST, ROUTE);

            assertThat(client.worker(1).connectionsOpened()).isEqualTo(2);
        }
    }

    @Test
    void connectionIdleForThreeMinutesIsNotUsedAgain() throws IOException {
        AtomicLong now = new AtomicLong();
        try (FakeRunner runner = FakeRunner.answering(directory, RunnerFrames.pass(0));
                RunnerClient client = RunnerClient.open(runner.socket(), Options.DEFAULT.withTicker(now::get))) {
            client.call(REQUEST, ROUTE);
            now.addAndGet(Duration.ofSeconds(179).toNanos());
            client.call(REQUEST, ROUTE);
            assertThat(client.worker(0).connectionsOpened()).isEqualTo(2);

            now.addAndGet(Duration.ofMinutes(3).toNanos());
            client.call(REQUEST, ROUTE);
            assertThat(client.worker(0).connectionsOpened()).isEqualTo(3);
        }
    }

    @Test
    void idOfAnAnswerIsNotLookedAt() throws IOException {
        try (FakeRunner runner = FakeRunner.answering(directory, RunnerFrames.pass(4242));
                RunnerClient client = RunnerClient.open(runner.socket())) {
            assertThat(client.call(REQUEST, ROUTE)).isInstanceOf(Outcome.Continue.class);
        }
    }

    @Test
    void connectionWithAnAnswerThatNobodyAskedForIsDropped() throws IOException {
        try (FakeRunner runner = FakeRunner.start(directory, (peer, frame) -> {
                    byte[] answer = (frame.type() == Frame.PREPARE_CONF
                                    ? RunnerFrames.prepared(1)
                                    : RunnerFrames.pass(0))
                            .encode();
                    byte[] twice = new byte[2 * answer.length];
                    System.arraycopy(answer, 0, twice, 0, answer.length);
                    System.arraycopy(answer, 0, twice, answer.length, answer.length);
                    peer.send(twice);
                });
                RunnerClient client = RunnerClient.open(runner.socket())) {
            client.call(REQUEST, ROUTE);

            assertThat(client.worker(0).connectionsIdle()).isZero();
        }
    }

    @Test
    void connectionThatTheRunnerClosedWhileIdleIsReplacedUnnoticed() throws IOException {
        try (FakeRunner runner = FakeRunner.start(directory, (peer, frame) -> {
                    peer.send(frame.type() == Frame.PREPARE_CONF ? RunnerFrames.prepared(1) : RunnerFrames.pass(0));
                    peer.close();
                });
                RunnerClient client = RunnerClient.open(runner.socket())) {
            client.call(REQUEST, ROUTE);
            await().untilAsserted(() -> assertThat(runner.open()).isZero());

            assertThat(client.call(REQUEST, ROUTE)).isInstanceOf(Outcome.Continue.class);
        }
    }
}
