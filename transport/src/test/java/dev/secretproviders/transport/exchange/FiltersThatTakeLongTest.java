package dev.secretproviders.transport.exchange;

import static dev.secretproviders.transport.exchange.ScriptedFilter.accept;
import static dev.secretproviders.transport.exchange.ScriptedFilter.askFor;
import static dev.secretproviders.transport.exchange.ScriptedFilter.header;
import static dev.secretproviders.transport.exchange.ScriptedFilter.refuse;
import static dev.secretproviders.transport.exchange.ScriptedFilter.variable;
import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.Judgement;
import dev.secretproviders.gateway.Entry;
import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.Messages;
import dev.secretproviders.gateway.Outcome;
import dev.secretproviders.gateway.RawConnection;
import dev.secretproviders.gateway.RouteConf;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.gateway.RunnerMessage;
import dev.secretproviders.transport.TestServer;
import dev.secretproviders.transport.WireTest;
import dev.secretproviders.transport.hosted.TestFilter;
import dev.secretproviders.transport.route.BuiltInFilter;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A built-in filter that takes long runs off the event loop, once, within the request's deadline. */
final class FiltersThatTakeLongTest {
    private static final Duration DEADLINE = Duration.ofMillis(400);
    private static final Duration FAR = Duration.ofSeconds(30);

    private static TestServer start(Duration deadline, BuiltInFilter filter, TestFilter... hosted) {
        return TestServer.start(
                options -> options.withRequestDeadline(deadline).withEventLoops(1), List.of(filter), hosted);
    }

    private static ScriptedFilter later(Judgement.Next script) {
        return new ScriptedFilter("slow", request -> new Judgement.Later(script));
    }

    private static Outcome call(GatewayRequest request, RouteConf route, BuiltInFilter filter, TestFilter... hosted) {
        try (TestServer server = start(FAR, filter, hosted);
                RunnerClient gateway = server.gateway()) {
            return gateway.call(request, route);
        }
    }

    private static String seen(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Continue.class);
        return ((Outcome.Continue) outcome).upstream().header("X-Seen").orElse("");
    }

    private static int status(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Stop.class);
        return ((Outcome.Stop) outcome).status();
    }

    private static RouteConf route() {
        return RouteConf.of("1", "slow", "{}");
    }

    private static long prepare(RawConnection raw, Entry... conf) throws IOException {
        raw.send(Messages.prepareConf("route#1#ext-plugin-pre-req#1", List.of(conf)));
        return ((RunnerMessage.Prepared) raw.readAnswer(TestServer.SOON)).token();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void restOfTheFilterRunsOnAVirtualThreadAndDecides() {
        ScriptedFilter filter =
                later(request -> accept(Thread.currentThread().isVirtual() + " " + header(request, "apikey")));
        assertThat(seen(call(WireTest.keyed("key-1"), route(), filter))).isEqualTo("true key-1");
        assertThat(status(call(GatewayRequest.get("/"), route(), later(_ -> refuse()))))
                .isEqualTo(401);
    }

    @Test
    void eventLoopAnswersOthersMeanwhile() throws IOException {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        ScriptedFilter filter = later(request -> {
            running.countDown();
            await(go);
            return accept(header(request, "apikey"));
        });
        try (TestServer server = start(FAR, filter);
                RawConnection raw = server.connect();
                RunnerClient gateway = server.gateway()) {
            long token = prepare(raw, Entry.of("slow", "{}"));
            raw.send(Messages.httpReqCall(1, token, WireTest.keyed("mine")));
            await(running);
            assertThat(gateway.call(WireTest.keyed("key-7"), RouteConf.of("2", TestServer.KEYS, "{}")))
                    .isInstanceOf(Outcome.Continue.class);
            go.countDown();
            assertThat(ScriptedFilter.seen(raw.readAnswer(TestServer.SOON))).isEqualTo("mine");
        }
    }

    @Test
    void lateDecisionIsDroppedAndTheNextRequestGetsItsOwn() throws IOException {
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        ScriptedFilter filter = new ScriptedFilter(
                "slow",
                request -> header(request, "apikey").equals("slow")
                        ? new Judgement.Later(_ -> {
                            boolean stubborn = true;
                            while (stubborn) {
                                try {
                                    stubborn = !go.await(10, TimeUnit.SECONDS);
                                } catch (InterruptedException e) {
                                    // Work that computes does not notice an interrupt.
                                }
                            }
                            over.countDown();
                            return accept("late");
                        })
                        : accept("next"));
        try (TestServer server = start(DEADLINE, filter);
                RawConnection raw = server.connect()) {
            long token = prepare(raw, Entry.of("slow", "{}"));
            raw.send(Messages.httpReqCall(1, token, WireTest.keyed("slow")));
            assertThat(raw.readAnswer(TestServer.SOON).toString()).contains("503");
            go.countDown();
            await(over);
            for (long id = 2; id < 12; id++) {
                raw.send(Messages.httpReqCall(id, token, WireTest.keyed("other")));
                assertThat(ScriptedFilter.seen(raw.readAnswer(TestServer.SOON))).isEqualTo("next");
            }
            assertThat(server.stats().deadlinesExceeded()).isOne();
        }
    }

    @Test
    void requestThatIsStillReadIsWipedOnlyAfterwards() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        AtomicReference<String> read = new AtomicReference<>();
        AtomicReference<byte[]> bytes = new AtomicReference<>(new byte[] {1});
        ScriptedFilter filter = later(request -> {
            bytes.set(request.bytes());
            running.countDown();
            try {
                await(go);
            } catch (IllegalStateException e) {
                await(go);
            }
            read.set(header(request, "apikey"));
            return accept("yes");
        });
        try (TestServer server = start(FAR, filter)) {
            try (RawConnection raw = server.connect()) {
                long token = prepare(raw, Entry.of("slow", "{}"));
                raw.send(Messages.httpReqCall(1, token, WireTest.keyed("mine")));
                await(running);
            }
            Awaitility.await().until(() -> server.stats().connectionsOpen() == 0);
            go.countDown();
            Awaitility.await().until(() -> read.get() != null);
            assertThat(read).hasValue("mine");
            Awaitility.await().untilAsserted(() -> assertThat(bytes.get()).containsOnly(0));
        }
    }

    @Test
    void clientThatGoesAwayInterruptsTheFilter() throws IOException {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        ScriptedFilter filter = later(_ -> {
            running.countDown();
            try {
                Thread.sleep(60_000);
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
            return refuse();
        });
        try (TestServer server = start(FAR, filter)) {
            try (RawConnection raw = server.connect()) {
                long token = prepare(raw, Entry.of("slow", "{}"));
                raw.send(Messages.httpReqCall(1, token, GatewayRequest.get("/")));
                await(running);
            }
            await(interrupted);
        }
    }

    @Test
    void secondFrameMeanwhileClosesTheConnection() throws IOException {
        CountDownLatch running = new CountDownLatch(1);
        ScriptedFilter filter = later(_ -> {
            running.countDown();
            try {
                Thread.sleep(60_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return accept("yes");
        });
        try (TestServer server = start(FAR, filter);
                RawConnection raw = server.connect()) {
            long token = prepare(raw, Entry.of("slow", "{}"));
            raw.send(Messages.httpReqCall(1, token, GatewayRequest.get("/")));
            await(running);
            raw.send(Messages.httpReqCall(2, token, GatewayRequest.get("/")));
            assertThat(raw.awaitClosed(TestServer.SOON)).isTrue();
            assertThat(server.stats().pipelinedFrames()).isOne();
        }
    }

    @Test
    void filterThatFailsGets503() {
        assertThat(status(call(WireTest.keyed("key-1"), route(), later(request -> {
                    throw new IllegalStateException("the key is " + header(request, "apikey"));
                }))))
                .isEqualTo(503);
    }

    @Test
    void noMoreRunAtATimeThanThereAreProcessors() throws IOException {
        int processors = Runtime.getRuntime().availableProcessors();
        CountDownLatch full = new CountDownLatch(processors);
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        ScriptedFilter filter = later(_ -> {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            full.countDown();
            await(go);
            now.decrementAndGet();
            return accept("yes");
        });
        List<RawConnection> all = new ArrayList<>();
        try (TestServer server = start(FAR, filter)) {
            for (int i = 0; i < processors + 3; i++) {
                RawConnection raw = server.connect();
                all.add(raw);
                long token = prepare(raw, Entry.of("slow", "{}"));
                raw.send(Messages.httpReqCall(i, token, GatewayRequest.get("/")));
            }
            await(full);
            Awaitility.await().until(() -> server.stats().requestFrames() == all.size());
            go.countDown();
            for (RawConnection raw : all) {
                assertThat(raw.readAnswer(TestServer.SOON)).isInstanceOf(RunnerMessage.Decided.class);
                raw.close();
            }
        }
        assertThat(most).hasValue(processors);
    }

    @Test
    void requestThatWaitsForItsTurnGets503AtTheDeadline() throws IOException {
        int processors = Runtime.getRuntime().availableProcessors();
        CountDownLatch full = new CountDownLatch(processors);
        CountDownLatch go = new CountDownLatch(1);
        ScriptedFilter filter = later(_ -> {
            full.countDown();
            boolean waiting = true;
            while (waiting) {
                try {
                    waiting = !go.await(10, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    // Keeps its turn.
                }
            }
            return accept("yes");
        });
        List<RawConnection> busy = new ArrayList<>();
        try (TestServer server = start(DEADLINE, filter);
                RawConnection last = server.connect()) {
            long token = prepare(last, Entry.of("slow", "{}"));
            for (int i = 0; i < processors; i++) {
                RawConnection raw = server.connect();
                busy.add(raw);
                raw.send(Messages.httpReqCall(i, token, GatewayRequest.get("/")));
            }
            await(full);
            last.send(Messages.httpReqCall(99, token, GatewayRequest.get("/")));
            assertThat(last.readAnswer(TestServer.SOON).toString()).contains("503");
            go.countDown();
            for (RawConnection raw : busy) {
                raw.close();
            }
        }
    }

    @Test
    void everyConnectionOfManyGetsItsOwnAnswers() throws IOException {
        ScriptedFilter filter = later(request -> accept(header(request, "apikey")));
        List<RawConnection> all = new ArrayList<>();
        try (TestServer server = start(FAR, filter)) {
            long token = 0;
            for (int i = 0; i < 32; i++) {
                RawConnection raw = server.connect();
                all.add(raw);
                token = prepare(raw, Entry.of("slow", "{}"));
            }
            for (int round = 0; round < 20; round++) {
                for (int i = 0; i < all.size(); i++) {
                    all.get(i).send(Messages.httpReqCall(i, token, WireTest.keyed("key-" + round + "-" + i)));
                }
                for (int i = 0; i < all.size(); i++) {
                    assertThat(ScriptedFilter.seen(all.get(i).readAnswer(TestServer.SOON)))
                            .isEqualTo("key-" + round + "-" + i);
                }
            }
            for (RawConnection raw : all) {
                raw.close();
            }
        }
    }

    @Test
    void serverThatStopsFirstSendsTheAnswersThatAreOwed() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        ScriptedFilter filter = later(request -> {
            running.countDown();
            await(go);
            return accept(header(request, "apikey"));
        });
        List<RawConnection> all = new ArrayList<>();
        try (TestServer server = start(FAR, filter)) {
            for (int i = 0; i < 8; i++) {
                RawConnection raw = server.connect();
                all.add(raw);
                long token = prepare(raw, Entry.of("slow", "{}"));
                raw.send(Messages.httpReqCall(i, token, WireTest.keyed("key-" + i)));
            }
            await(running);
            Awaitility.await().until(() -> server.stats().requestFrames() == all.size());
            Thread stopping = Thread.ofPlatform().start(() -> server.server().stop(Duration.ofSeconds(10)));
            go.countDown();
            for (int i = 0; i < all.size(); i++) {
                assertThat(ScriptedFilter.seen(all.get(i).readAnswer(TestServer.SOON)))
                        .isEqualTo("key-" + i);
                assertThat(all.get(i).awaitClosed(TestServer.SOON)).isTrue();
                all.get(i).close();
            }
            stopping.join(Duration.ofSeconds(10));
        }
    }

    @Test
    void filterMayAskOnceItHasRunLong() {
        ScriptedFilter filter = later(_ ->
                askFor("request_uri", all -> new Judgement.Later(last -> accept(variable(last, "request_uri")))));
        assertThat(seen(call(GatewayRequest.get("/x?y=1"), route(), filter))).isEqualTo("/x?y=1");
    }

    @Test
    void chainGoesOnAfterALongFilterAndBeforeOne() {
        ScriptedFilter filter = later(request -> accept(header(request, "x-consumer-username")));
        TestFilter user = TestFilter.onRequest("user", (request, response, chain) -> {
            String seen = request.getHeader("X-Seen");
            request.setHeader("apikey", "key-9");
            request.setHeader("X-User", seen == null ? "first" : seen);
            chain.filter(request, response);
        });
        RouteConf last =
                RouteConf.of("1", "user", "").and(TestServer.KEYS, "{}").and("slow", "{}");
        assertThat(seen(call(GatewayRequest.get("/"), last, filter, user))).isEqualTo("user-9");
        RouteConf first = RouteConf.of("1", "slow", "{}").and("user", "").and(TestServer.KEYS, "{}");
        Outcome.Continue go = (Outcome.Continue) call(GatewayRequest.get("/"), first, filter, user);
        assertThat(go.upstream().header("X-User")).contains("absent");
        assertThat(go.upstream().header("X-Consumer-Username")).contains("user-9");
    }
}
