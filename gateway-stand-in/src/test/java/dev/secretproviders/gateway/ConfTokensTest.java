package dev.secretproviders.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.gateway.RunnerClient.Options;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When the gateway sends PrepareConf, and the effect of a lost token. */
final class ConfTokensTest {
    private static final RouteConf ROUTE = RouteConf.of("r1", "p", "");
    private static final RouteConf OTHER = RouteConf.of("r2", "p", "");
    private static final GatewayRequest REQUEST = GatewayRequest.get("/");

    @TempDir
    Path directory;

    @Test
    void workersShareTheToken() throws IOException {
        try (FakeRunner runner = FakeRunner.answering(directory, RunnerFrames.pass(0));
                RunnerClient client = RunnerClient.open(runner.socket(), Options.DEFAULT.withWorkers(2))) {
            client.worker(0).call(REQUEST, ROUTE);
            client.worker(1).call(REQUEST, ROUTE);

            assertThat(runner.received(Frame.PREPARE_CONF)).hasSize(1);
        }
    }

    @Test
    void tokenGoesWithTheRequest() throws IOException {
        try (FakeRunner runner = FakeRunner.start(
                        directory,
                        (peer, frame) -> peer.send(
                                frame.type() == Frame.PREPARE_CONF
                                        ? RunnerFrames.prepared(0xfedcba98L)
                                        : RunnerFrames.pass(0)));
                RunnerClient client = RunnerClient.open(runner.socket())) {
            client.call(REQUEST, ROUTE);

            assertThat(runner.onlyRequest().confToken()).isEqualTo(0xfedcba98L);
        }
    }

    @Test
    void changedRouteIsPreparedAgain() throws IOException {
        try (FakeRunner runner = FakeRunner.answering(directory, RunnerFrames.pass(0));
                RunnerClient client = RunnerClient.open(runner.socket())) {
            client.call(REQUEST, ROUTE);
            client.call(REQUEST, ROUTE.withVersion(2));

            assertThat(runner.received(Frame.PREPARE_CONF)).hasSize(2);
        }
    }

    @Test
    void moreRoutesThanAWorkerRemembersArePreparedOnce() throws IOException {
        try (FakeRunner runner = FakeRunner.answering(directory, RunnerFrames.pass(0));
                RunnerClient client = RunnerClient.open(runner.socket())) {
            for (int i = 0; i < 100; i++) {
                client.call(REQUEST, RouteConf.of("r" + i % 20, "p", ""));
            }

            assertThat(runner.received(Frame.PREPARE_CONF)).hasSize(20);
            assertThat(client.worker(0).connectionsOpened()).isEqualTo(2);
        }
    }

    @Test
    void sharedTokenExpiresBeforeTheOneThatAWorkerRemembers() throws IOException {
        AtomicLong now = new AtomicLong();
        try (FakeRunner runner = FakeRunner.answering(directory, RunnerFrames.pass(0));
                RunnerClient client = RunnerClient.open(
                        runner.socket(), Options.DEFAULT.withWorkers(2).withTicker(now::get))) {
            client.worker(0).call(REQUEST, ROUTE);

            now.set(Duration.ofMinutes(54).toNanos());
            client.worker(0).call(REQUEST, ROUTE);
            assertThat(runner.received(Frame.PREPARE_CONF)).hasSize(1);

            client.worker(1).call(REQUEST, ROUTE);
            assertThat(runner.received(Frame.PREPARE_CONF)).hasSize(2);

            now.set(Duration.ofMinutes(60 + 54).toNanos());
            client.worker(0).call(REQUEST, ROUTE);
            assertThat(runner.received(Frame.PREPARE_CONF)).hasSize(3);
        }
    }

    @Test
    void lostTokenFlushesThoseOfAllRoutesAndTheClientSeesNothing() throws IOException {
        AtomicInteger requests = new AtomicInteger();
        try (FakeRunner runner = FakeRunner.start(directory, (peer, frame) -> {
                    if (frame.type() == Frame.PREPARE_CONF) {
                        peer.send(RunnerFrames.prepared(1));
                    } else {
                        boolean lost = requests.incrementAndGet() == 3;
                        peer.send(
                                lost
                                        ? RunnerFrames.error(RunnerMessage.Failure.CONF_TOKEN_NOT_FOUND)
                                        : RunnerFrames.pass(0));
                    }
                });
                RunnerClient client = RunnerClient.open(runner.socket())) {
            client.call(REQUEST, ROUTE);
            client.call(REQUEST, OTHER);
            assertThat(runner.received(Frame.PREPARE_CONF)).hasSize(2);

            assertThat(client.call(REQUEST, ROUTE)).isInstanceOf(Outcome.Continue.class);
            assertThat(client.call(REQUEST, OTHER)).isInstanceOf(Outcome.Continue.class);
            assertThat(runner.received(Frame.PREPARE_CONF)).hasSize(4);
        }
    }

    @Test
    void threeLostTokensInARowAre503() throws IOException {
        try (FakeRunner runner = FakeRunner.answering(
                        directory, RunnerFrames.error(RunnerMessage.Failure.CONF_TOKEN_NOT_FOUND));
                RunnerClient client = RunnerClient.open(runner.socket())) {
            assertThat(client.call(REQUEST, ROUTE))
                    .isEqualTo(new Outcome.Failed(503, "failed to receive RPC_HTTP_REQ_CALL: conf token not found"));
            assertThat(runner.received(Frame.PREPARE_CONF)).hasSize(3);
            assertThat(runner.received(Frame.HTTP_REQ_CALL)).hasSize(3);
        }
    }

    @Test
    void threeLostTokensInARowPassWithDegradation() throws IOException {
        try (FakeRunner runner = FakeRunner.answering(
                        directory, RunnerFrames.error(RunnerMessage.Failure.CONF_TOKEN_NOT_FOUND));
                RunnerClient client = RunnerClient.open(runner.socket())) {
            assertThat(client.call(REQUEST, ROUTE.withDegradation()))
                    .isInstanceOfSatisfying(
                            Outcome.Continue.class,
                            passed -> assertThat(passed.degraded()).isTrue());
        }
    }

    @Test
    void slowPrepareConfOfOneRouteFailsTheFirstRequestOfAnotherButNoCachedOne() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (FakeRunner runner = FakeRunner.start(directory, (peer, frame) -> {
                    if (frame.type() == Frame.PREPARE_CONF) {
                        if (frame.body().text().contains("slow")) {
                            go.await();
                        }
                        peer.send(RunnerFrames.prepared(1));
                    } else {
                        peer.send(RunnerFrames.pass(0));
                    }
                });
                RunnerClient client = RunnerClient.open(
                        runner.socket(), Options.DEFAULT.withWorkers(2).withLockWait(Duration.ofMillis(100)));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            client.call(REQUEST, ROUTE);
            Future<Outcome> slow = threads.submit(() -> client.call(REQUEST, RouteConf.of("slow", "p", "")));
            await().until(() -> runner.received(Frame.PREPARE_CONF).size() == 2);

            assertThat(client.worker(1).call(REQUEST, OTHER))
                    .isEqualTo(new Outcome.Failed(503, "failed to acquire the lock: timeout"));
            assertThat(client.call(REQUEST, ROUTE)).isInstanceOf(Outcome.Continue.class);

            go.countDown();
            assertThat(slow.get()).isInstanceOf(Outcome.Continue.class);
        }
    }

    @Test
    void tokensAreForgottenWhenTheGatewaySeesItsRunnerExit() throws IOException {
        try (FakeRunner runner = FakeRunner.answering(directory, RunnerFrames.pass(0));
                RunnerClient client = RunnerClient.open(runner.socket())) {
            client.call(REQUEST, ROUTE);
            client.runnerExited();
            client.call(REQUEST, ROUTE);

            assertThat(runner.received(Frame.PREPARE_CONF)).hasSize(2);
        }
    }
}
