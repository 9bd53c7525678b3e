package dev.secretproviders.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.gateway.Entry;
import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.Messages;
import dev.secretproviders.gateway.RawConnection;
import dev.secretproviders.gateway.RunnerMessage;
import dev.secretproviders.transport.hosted.TestFilter;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** The stop at SIGTERM: requests in flight are answered within the grace. */
final class StopTest {
    private static final Duration GRACE = Duration.ofMillis(800);

    @Test
    void requestInFlightIsAnsweredAndIdleConnectionsClose() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        TestFilter filter = TestFilter.onRequest("a", (request, response, chain) -> {
            running.countDown();
            release.await();
            chain.filter(request, response);
        });
        try (TestServer server = TestServer.start(filter);
                RawConnection idle = server.connect();
                RawConnection busy = server.connect()) {
            WireTest.prepare(idle);
            long token = prepare(busy);
            busy.send(Messages.httpReqCall(1, token, GatewayRequest.get("/")));
            running.await();

            Thread stopping = Thread.ofVirtual().start(() -> server.server().stop(GRACE));
            assertThat(idle.awaitClosed(TestServer.SOON)).isTrue();
            assertThat(server.socket()).doesNotExist();
            release.countDown();

            assertThat(busy.readAnswer(TestServer.SOON))
                    .isEqualTo(new RunnerMessage.Decided(1, new RunnerMessage.Action.None()));
            assertThat(busy.awaitClosed(TestServer.SOON)).isTrue();
            stopping.join();
        }
    }

    @Test
    void requestsThatWereSentBeforeTheStopAreAnswered() throws Exception {
        try (TestServer server = TestServer.start(
                TestFilter.onRequest("a", (request, response, chain) -> chain.filter(request, response)))) {
            List<RawConnection> connections = new ArrayList<>();
            try {
                for (int i = 0; i < 64; i++) {
                    connections.add(server.connect());
                }
                long token = 0;
                for (RawConnection connection : connections) {
                    // An answered connection is accepted, like those in APISIX's pool.
                    token = prepare(connection);
                }
                for (RawConnection connection : connections) {
                    connection.send(Messages.httpReqCall(7, token, GatewayRequest.get("/")));
                }
                // Some of these requests are still in the kernel now.
                server.server().stop(GRACE);
                for (RawConnection connection : connections) {
                    assertThat(connection.readAnswer(TestServer.SOON))
                            .isEqualTo(new RunnerMessage.Decided(7, new RunnerMessage.Action.None()));
                }
            } finally {
                for (RawConnection connection : connections) {
                    connection.close();
                }
            }
        }
    }

    @Test
    void stopNeverTakesLongerThanTheGrace() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        TestFilter filter = TestFilter.onRequest("a", (_, _, _) -> {
            running.countDown();
            Thread.sleep(60_000);
        });
        try (TestServer server =
                        TestServer.start(options -> options.withRequestDeadline(Duration.ofSeconds(30)), filter);
                RawConnection busy = server.connect()) {
            long token = prepare(busy);
            busy.send(Messages.httpReqCall(1, token, GatewayRequest.get("/")));
            running.await();

            long start = System.nanoTime();
            server.server().stop(GRACE);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(GRACE.plusMillis(150));
            assertThat(busy.awaitClosed(TestServer.SOON)).isTrue();
        }
    }

    private static long prepare(RawConnection raw) throws IOException {
        raw.send(Messages.prepareConf("route#1#ext-plugin-pre-req#1", List.of(Entry.of("a", ""))));
        return ((RunnerMessage.Prepared) raw.readAnswer(TestServer.SOON)).token();
    }
}
