package dev.secretproviders.transport.hosted;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.gateway.Body;
import dev.secretproviders.gateway.Entry;
import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.Messages;
import dev.secretproviders.gateway.Outcome;
import dev.secretproviders.gateway.RawConnection;
import dev.secretproviders.gateway.RouteConf;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.gateway.RunnerMessage;
import dev.secretproviders.gateway.UpstreamResponse;
import dev.secretproviders.transport.TestServer;
import dev.secretproviders.transport.WireTest;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hosted filters run in the order of the route, without the hazards of the official runner. */
final class HostedFiltersTest {
    private static final Duration DEADLINE = Duration.ofMillis(300);

    private static Outcome call(GatewayRequest request, RouteConf route, TestFilter... filters) {
        try (TestServer server = TestServer.start(options -> options.withRequestDeadline(DEADLINE), filters);
                RunnerClient gateway = server.gateway()) {
            return gateway.call(request, route);
        }
    }

    private static Outcome call(TestFilter.OnRequest filter) {
        return call(GatewayRequest.get("/"), RouteConf.of("1", "a", ""), TestFilter.onRequest("a", filter));
    }

    private static Outcome.Stop stopped(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Stop.class);
        return (Outcome.Stop) outcome;
    }

    private static Outcome.Continue passed(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Continue.class);
        return (Outcome.Continue) outcome;
    }

    private static void assertFailedClosed(Outcome outcome) {
        Outcome.Stop stop = stopped(outcome);
        assertThat(stop.status()).isEqualTo(503);
        assertThat(stop.body().text()).startsWith("{\"error_msg\":");
    }

    private static TestFilter passing(String name) {
        return TestFilter.onRequest(name, (request, response, chain) -> chain.filter(request, response));
    }

    @Test
    void filtersRunInTheOrderOfTheRouteAndSeeWhatCameBefore() {
        TestFilter first = TestFilter.onRequest("first", (request, response, chain) -> {
            request.setHeader("X-Trace", "1");
            request.setArg("seen", "1");
            chain.filter(request, response);
        });
        TestFilter second = TestFilter.onRequest("second", (request, response, chain) -> {
            request.setHeader("X-Trace", request.getHeader("x-trace") + "2" + request.getArg("seen"));
            request.setPath("/new");
            chain.filter(request, response);
        });

        Outcome.Continue go = passed(
                call(GatewayRequest.get("/"), RouteConf.of("1", "first", "").and("second", ""), second, first));

        assertThat(go.upstream().header("X-Trace")).contains("121");
        assertThat(go.upstream().target()).isEqualTo("/new?seen=1");
    }

    @Test
    void builtInFilterAndFilterOfOthersShareOneRoute() {
        RouteConf route = RouteConf.of("1", TestServer.KEYS, "{}").and("who", "");
        AtomicBoolean ran = new AtomicBoolean();
        TestFilter who = TestFilter.onRequest("who", (request, response, chain) -> {
            ran.set(true);
            request.setHeader("X-Who", request.getHeader("X-Consumer-Username"));
            chain.filter(request, response);
        });

        Outcome.Continue go = passed(call(WireTest.keyed("key-5"), route, who));
        assertThat(go.upstream().header("X-Who")).contains("user-5");
        assertThat(go.upstream().header("X-Consumer-Username")).contains("user-5");

        ran.set(false);
        assertThat(stopped(call(WireTest.keyed("wrong"), route, who)).status()).isEqualTo(401);
        assertThat(ran).isFalse();
    }

    @Test
    void builtInFilterBehindOthersSeesTheirChangesAndHasTheLastWord() {
        RouteConf route = RouteConf.of("1", "key-from-cookie", "").and(TestServer.KEYS, "{}");
        TestFilter filter = TestFilter.onRequest("key-from-cookie", (request, response, chain) -> {
            request.setHeader("apikey", request.getHeader("x-key"));
            chain.filter(request, response);
            request.setHeader("X-After", "1");
        });

        assertThat(passed(call(GatewayRequest.get("/").header("x-key", "key-3"), route, filter))
                        .upstream()
                        .header("X-Consumer-Username"))
                .contains("user-3");
        assertThat(stopped(call(GatewayRequest.get("/").header("x-key", "no"), route, filter))
                        .status())
                .isEqualTo(401);
    }

    @Test
    void stopStaysAStopWhateverIsSetLater() {
        Outcome.Stop stop = stopped(call((request, response, chain) -> {
            response.setStatusCode(401);
            request.setHeader("X-User", "admin");
            response.setReqHeader("X-User", "admin");
            request.setArg("a", "b");
            request.setPath("/admin");
            chain.filter(request, response);
        }));
        assertThat(stop.status()).isEqualTo(401);
    }

    @Test
    void filtersBehindAStopDoNotRun() {
        AtomicBoolean ran = new AtomicBoolean();
        TestFilter stopping = TestFilter.onRequest("stopping", (request, response, chain) -> {
            response.setStatusCode(403);
            chain.filter(request, response);
        });
        TestFilter later = TestFilter.onRequest("later", (_, _, _) -> ran.set(true));
        RouteConf route = RouteConf.of("1", "stopping", "").and("later", "");

        assertThat(stopped(call(GatewayRequest.get("/"), route, stopping, later))
                        .status())
                .isEqualTo(403);
        assertThat(ran).isFalse();
    }

    @Test
    void stopWithoutCallingTheChainIsAnswered() {
        assertThat(stopped(call((_, response, _) -> response.setStatusCode(418)))
                        .status())
                .isEqualTo(418);
    }

    @Test
    void stopWithoutBodyGetsOneInsteadOfNginxsPage() {
        Outcome.Stop stop = stopped(call((_, response, _) -> response.setStatusCode(401)));
        assertThat(stop.body().text()).isEqualTo("{\"message\":\"stopped by a plugin\"}");
        assertThat(stop.header("content-type")).contains("application/json");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 99, 100, 199, 600, 700, 65635})
    void statusThatApisixCannotSendIs503(int status) {
        assertFailedClosed(call((_, response, _) -> response.setStatusCode(status)));
    }

    @Test
    void headersThatBreakTheResponseAreLeftOutAndRepeatableOnesKept() {
        Outcome.Stop stop = stopped(call((_, response, _) -> {
            response.setStatusCode(200);
            response.setHeader("Content-Length", "1");
            response.setHeader("Connection", "close");
            response.setHeader("Set-Cookie", "a=1");
            response.setHeader("Set-Cookie", "b=2");
            response.setHeader("X-One", "first");
            response.setHeader("x-one", "last");
            response.setHeader("X-Null", null);
            response.setHeader(null, "x");
            response.setBody(" ");
        }));
        assertThat(stop.header("content-length")).isEmpty();
        assertThat(stop.header("connection")).isEmpty();
        assertThat(stop.headers("set-cookie")).containsExactly("a=1", "b=2");
        assertThat(stop.headers("x-one")).containsExactly("last");
        assertThat(stop.body().text()).isEqualTo(" ");
    }

    @Test
    void firstOfRepeatedHeadersCountsInAnyLetterCase() {
        AtomicReference<String> seen = new AtomicReference<>();
        TestFilter filter = TestFilter.onRequest("a", (request, response, chain) -> {
            seen.set(request.getHeader("ApiKey") + request.getHeaders().get("APIKEY") + request.getArg("a"));
            chain.filter(request, response);
        });
        call(
                GatewayRequest.get("/?a=1&a=2").header("apikey", "x").header("apikey", "y"),
                RouteConf.of("1", "a", ""),
                filter);
        assertThat(seen).hasValue("xx1");
    }

    @Test
    void requestIsShownWhole() {
        AtomicReference<List<String>> seen = new AtomicReference<>(List.of());
        TestFilter filter = TestFilter.onRequest("a", (request, response, chain) -> {
            seen.set(Arrays.asList(
                    request.getMethod().name(),
                    request.getPath(),
                    request.getSourceIP(),
                    request.getConfig(request("a")),
                    request.getConfig(request("other")),
                    request.getVars("absent"),
                    request.getBody()));
            chain.filter(request, response);
        });
        call(
                GatewayRequest.post("/a%20b", "text").from(InetAddress.ofLiteral("2001:db8::1")),
                RouteConf.of("1", "a", "{\"x\":1}"),
                filter);
        assertThat(seen.get()).containsExactly("POST", "/a b", "2001:db8:0:0:0:0:0:1", "{\"x\":1}", null, null, "");
    }

    private static TestFilter request(String name) {
        return passing(name);
    }

    @Test
    void variablesAndBodyAreFetchedBeforeTheFilterRuns() {
        AtomicReference<String> seen = new AtomicReference<>();
        TestFilter filter = TestFilter.onRequest("a", (request, response, chain) -> {
            seen.set(request.getVars("remote_addr") + " " + request.getVars("consumer_name") + " "
                    + request.getVars("no_such") + " " + request.getBody());
            chain.filter(request, response);
        });
        filter.needing("remote_addr", "consumer_name", "no_such").needingBody();
        String body = "ü".repeat(150_000);

        passed(call(
                GatewayRequest.post("/", body).variable("consumer_name", "jack"), RouteConf.of("1", "a", ""), filter));

        assertThat(seen).hasValue("127.0.0.1 jack  " + body);
    }

    @Test
    void requestWithoutAValidKeyIsNotAskedForItsBody() throws IOException {
        TestFilter filter = passing("a").needingBody();
        try (TestServer server = TestServer.start(filter);
                RawConnection raw = server.connect()) {
            long token = prepare(raw, Entry.of(TestServer.KEYS, "{}"), Entry.of("a", ""));
            raw.send(Messages.httpReqCall(1, token, GatewayRequest.post("/", "body")));
            assertThat(raw.readAnswer(TestServer.SOON)).isInstanceOf(RunnerMessage.Decided.class);
        }
    }

    @Test
    void filterThatThrowsGets503() {
        assertFailedClosed(call((_, _, _) -> {
            throw new IllegalStateException("the password is hunter2");
        }));
    }

    @Test
    void errorInAFilterGets503() {
        assertFailedClosed(call((_, _, _) -> {
            throw new NoClassDefFoundError("missing");
        }));
    }

    @Test
    void failureBehindAFilterThatCatchesEverythingGets503() {
        TestFilter catching = TestFilter.onRequest("catching", (request, response, chain) -> {
            try {
                chain.filter(request, response);
            } catch (RuntimeException ignored) {
                // Imitates a careless filter.
            }
        });
        TestFilter failing = TestFilter.onRequest("failing", (_, _, _) -> {
            throw new IllegalStateException();
        });
        assertFailedClosed(
                call(GatewayRequest.get("/"), RouteConf.of("1", "catching", "").and("failing", ""), catching, failing));
    }

    @Test
    void filterThatNeitherStopsNorCallsTheChainGets503AtTheDeadline() {
        assertFailedClosed(call((_, _, _) -> {}));
    }

    @Test
    void filterThatBlocksIsInterruptedAtTheDeadlineAndGets503() {
        CountDownLatch interrupted = new CountDownLatch(1);
        assertFailedClosed(call((_, _, _) -> {
            try {
                Thread.sleep(60_000);
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
        }));
        Awaitility.await().until(() -> interrupted.getCount() == 0);
    }

    @Test
    void lateAnswerIsDroppedAndTheNextRequestGetsItsOwn() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        AtomicReference<Runnable> late = new AtomicReference<>();
        TestFilter filter = TestFilter.onRequest("a", (request, response, chain) -> {
            if (request.getHeader("slow") == null) {
                chain.filter(request, response);
            } else {
                late.set(() -> {
                    response.setStatusCode(418);
                    chain.filter(request, response);
                    chain.filter(request, response);
                });
                release.countDown();
            }
        });
        try (TestServer server = TestServer.start(options -> options.withRequestDeadline(DEADLINE), filter);
                RawConnection raw = server.connect()) {
            long token = prepare(raw, Entry.of("a", ""));
            raw.send(Messages.httpReqCall(1, token, GatewayRequest.get("/").header("slow", "1")));
            assertThat(release.await(5, TimeUnit.SECONDS)).isTrue();
            assertThat(raw.readAnswer(TestServer.SOON))
                    .isInstanceOfSatisfying(
                            RunnerMessage.Decided.class,
                            decided -> assertThat(decided.action())
                                    .isInstanceOfSatisfying(
                                            RunnerMessage.Action.Stop.class,
                                            stop -> assertThat(stop.status()).isEqualTo(503)));

            late.get().run();
            for (long id = 2; id < 12; id++) {
                raw.send(Messages.httpReqCall(id, token, GatewayRequest.get("/")));
                assertThat(raw.readAnswer(TestServer.SOON))
                        .isEqualTo(new RunnerMessage.Decided(id, new RunnerMessage.Action.None()));
            }
            assertThat(server.stats().deadlinesExceeded()).isEqualTo(1);
        }
    }

    @Test
    void filterMayCallTheChainLaterFromAThreadOfItsOwn() {
        AtomicReference<String> failure = new AtomicReference<>();
        Outcome.Continue go = passed(call((request, response, chain) -> CompletableFuture.runAsync(
                        () -> {
                            request.setHeader("X-Async", "1");
                            chain.filter(request, response);
                        },
                        Thread::startVirtualThread)
                .exceptionally(e -> {
                    failure.set(e.toString());
                    return null;
                })));
        assertThat(go.upstream().header("X-Async")).contains("1");
        assertThat(failure).hasNullValue();
    }

    @Test
    void filterMayStopLaterFromAThreadOfItsOwn() {
        Outcome.Stop stop = stopped(call((request, response, chain) -> {
            CountDownLatch statusSet = new CountDownLatch(1);
            Thread.ofVirtual().start(() -> {
                response.setStatusCode(429);
                statusSet.countDown();
                response.setBody("later");
                chain.filter(request, response);
            });
            statusSet.await();
        }));
        assertThat(stop.status()).isEqualTo(429);
        assertThat(stop.body().text()).isEqualTo("later");
    }

    @Test
    void secondFrameWhileAFilterRunsClosesTheConnection() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        TestFilter filter = TestFilter.onRequest("a", (_, _, _) -> {
            running.countDown();
            Thread.sleep(60_000);
        });
        try (TestServer server = TestServer.start(filter);
                RawConnection raw = server.connect()) {
            long token = prepare(raw, Entry.of("a", ""));
            raw.send(Messages.httpReqCall(1, token, GatewayRequest.get("/")));
            assertThat(running.await(5, TimeUnit.SECONDS)).isTrue();
            raw.send(Messages.httpReqCall(2, token, GatewayRequest.get("/")));
            assertThat(raw.awaitClosed(TestServer.SOON)).isTrue();
            assertThat(server.stats().pipelinedFrames()).isEqualTo(1);
        }
    }

    @Test
    void unansweredQuestionGets503AtTheDeadlineAndClosesTheConnection() throws IOException {
        TestFilter filter = passing("a").needing("request_id");
        try (TestServer server = TestServer.start(options -> options.withRequestDeadline(DEADLINE), filter);
                RawConnection raw = server.connect()) {
            long token = prepare(raw, Entry.of("a", ""));
            raw.send(Messages.httpReqCall(1, token, GatewayRequest.get("/")));
            assertThat(raw.readAnswer(TestServer.SOON)).isEqualTo(new RunnerMessage.InfoWanted.Variable("request_id"));
            assertThat(raw.readAnswer(TestServer.SOON)).isInstanceOf(RunnerMessage.Decided.class);
            assertThat(raw.awaitClosed(TestServer.SOON)).isTrue();
        }
    }

    @Test
    void blockingFiltersOnAllConnectionsDoNotHoldUpOtherRoutes() throws Exception {
        TestFilter blocking = TestFilter.onRequest("blocking", (request, response, chain) -> {
            Thread.sleep(200);
            chain.filter(request, response);
        });
        try (TestServer server = TestServer.start(blocking);
                RunnerClient gateway = server.gateway();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Outcome>> slow = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                slow.add(threads.submit(
                        () -> gateway.call(GatewayRequest.get("/"), RouteConf.of("slow", "blocking", ""))));
            }
            passed(gateway.call(WireTest.keyed("key-1"), RouteConf.of("fast", TestServer.KEYS, "{}")));
            for (Future<Outcome> outcome : slow) {
                passed(outcome.get());
            }
        }
    }

    @Test
    void responseFilterChangesStatusHeadersAndBodyAndKeepsTheUpstreamsOtherHeaders() {
        TestFilter filter = TestFilter.onResponse("a", (request, response, chain) -> {
            response.setStatusCode(201);
            response.setHeader("X-New", request.getUpstreamHeaders().get("x-old") + request.getUpstreamStatusCode());
            response.setBody(request.getBody() + "!");
            chain.postFilter(request, response);
        });
        filter.needingBody();
        try (TestServer server = TestServer.start(filter);
                RunnerClient gateway = server.gateway()) {
            Outcome.Stop stop = stopped(gateway.callResponse(
                    GatewayRequest.get("/"),
                    new UpstreamResponse(
                            200,
                            List.of(
                                    Entry.of("X-Old", "old"),
                                    Entry.of("Set-Cookie", "a"),
                                    Entry.of("Set-Cookie", "b"),
                                    Entry.of("Content-Length", "4")),
                            Body.of("body")),
                    RouteConf.of("1", "a", "")));
            assertThat(stop.status()).isEqualTo(201);
            assertThat(stop.header("x-new")).contains("old200");
            assertThat(stop.headers("set-cookie")).containsExactly("a", "b");
            assertThat(stop.header("content-length")).isEmpty();
            assertThat(stop.body().text()).isEqualTo("body!");
        }
    }

    @Test
    void responseFilterThatFailsGets503() {
        TestFilter filter = TestFilter.onResponse("a", (_, _, _) -> {
            throw new IllegalStateException();
        });
        try (TestServer server = TestServer.start(filter);
                RunnerClient gateway = server.gateway()) {
            assertThat(stopped(gateway.callResponse(
                                    GatewayRequest.get("/"),
                                    new UpstreamResponse(200, List.of(), Body.of("secret")),
                                    RouteConf.of("1", "a", "")))
                            .status())
                    .isEqualTo(503);
        }
    }

    private static long prepare(RawConnection raw, Entry... conf) throws IOException {
        raw.send(Messages.prepareConf("route#1#ext-plugin-pre-req#1", List.of(conf)));
        return ((RunnerMessage.Prepared) raw.readAnswer(TestServer.SOON)).token();
    }
}
