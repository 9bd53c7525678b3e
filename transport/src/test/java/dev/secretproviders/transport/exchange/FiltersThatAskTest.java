package dev.secretproviders.transport.exchange;

import static dev.secretproviders.transport.exchange.ScriptedFilter.accept;
import static dev.secretproviders.transport.exchange.ScriptedFilter.askFor;
import static dev.secretproviders.transport.exchange.ScriptedFilter.body;
import static dev.secretproviders.transport.exchange.ScriptedFilter.header;
import static dev.secretproviders.transport.exchange.ScriptedFilter.refuse;
import static dev.secretproviders.transport.exchange.ScriptedFilter.text;
import static dev.secretproviders.transport.exchange.ScriptedFilter.variable;
import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.Judgement;
import dev.secretproviders.auth.RequestNeeds;
import dev.secretproviders.auth.RequestView;
import dev.secretproviders.gateway.Body;
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
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A built-in filter asks APISIX for what it needs, and goes on with the same request. */
final class FiltersThatAskTest {
    private static final Duration DEADLINE = Duration.ofMillis(300);
    private static final RequestNeeds URI = RequestNeeds.ofVariable("request_uri");

    private static final ScriptedFilter URI_THEN_BODY = new ScriptedFilter(
            "asking",
            request -> header(request, "apikey").equals("wrong")
                    ? refuse()
                    : askFor(
                            URI,
                            withUri -> askFor(
                                    RequestNeeds.ofBody(),
                                    all -> accept(all.method() + " " + variable(all, "request_uri") + " " + body(all)
                                            + " " + header(all, "apikey")))),
            URI.and(RequestNeeds.ofBody()));

    private static Outcome call(GatewayRequest request, RouteConf route, BuiltInFilter filter, TestFilter... hosted) {
        try (TestServer server = start(List.of(filter), hosted);
                RunnerClient gateway = server.gateway()) {
            return gateway.call(request, route);
        }
    }

    private static TestServer start(List<BuiltInFilter> filters, TestFilter... hosted) {
        return TestServer.start(options -> options.withRequestDeadline(DEADLINE).withEventLoops(1), filters, hosted);
    }

    private static String seen(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Continue.class);
        return ((Outcome.Continue) outcome).upstream().header("X-Seen").orElse("");
    }

    private static int status(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Stop.class);
        return ((Outcome.Stop) outcome).status();
    }

    private static RouteConf route(String filter) {
        return RouteConf.of("1", filter, "{}");
    }

    private static long prepare(RawConnection raw, Entry... conf) throws IOException {
        raw.send(Messages.prepareConf("route#1#ext-plugin-pre-req#1", List.of(conf)));
        return ((RunnerMessage.Prepared) raw.readAnswer(TestServer.SOON)).token();
    }

    @Test
    void filterGoesOnWithTheVariablesAndTheBodyThatItAskedFor() {
        assertThat(seen(call(
                        GatewayRequest.post("/a?b=1", "text").header("apikey", "good"),
                        route("asking"),
                        URI_THEN_BODY)))
                .isEqualTo("POST /a?b=1 text good");
    }

    @Test
    void variableWithoutValueAndRequestWithoutBodyAreEmpty() {
        ScriptedFilter filter = new ScriptedFilter(
                "asking",
                request -> askFor(
                        RequestNeeds.ofVariable("no_such").and(RequestNeeds.ofBody()),
                        all -> accept("[" + variable(all, "no_such") + body(all) + "]")));
        assertThat(seen(call(GatewayRequest.get("/"), route("asking"), filter))).isEqualTo("[]");
    }

    @Test
    void filterThatRefusesAtOnceCostsNoQuestion() {
        try (TestServer server = start(List.of(URI_THEN_BODY));
                RunnerClient gateway = server.gateway()) {
            GatewayRequest request = GatewayRequest.post("/", "body").header("apikey", "wrong");
            assertThat(status(gateway.call(request, route("asking")))).isEqualTo(401);
            assertThat(server.stats().extraInfoFrames()).isZero();
        }
    }

    @Test
    void filterThatRefusesForWhatItAskedForIsHeard() {
        ScriptedFilter filter = new ScriptedFilter("asking", request -> askFor(URI, all -> refuse()));
        assertThat(status(call(GatewayRequest.get("/"), route("asking"), filter)))
                .isEqualTo(401);
    }

    @Test
    void whatWasFetchedIsNotAskedForTwice() {
        ScriptedFilter filter = new ScriptedFilter(
                "asking", request -> askFor(URI, again -> askFor(URI, all -> accept(variable(all, "request_uri")))));
        try (TestServer server = start(List.of(filter));
                RunnerClient gateway = server.gateway()) {
            assertThat(seen(gateway.call(GatewayRequest.get("/x"), route("asking"))))
                    .isEqualTo("/x");
            assertThat(server.stats().extraInfoFrames()).isOne();
        }
    }

    /** One event loop reads all frames. A request that waits must keep its own. */
    @Test
    void requestsThatWaitAtTheSameTimeKeepTheirOwnBytes() throws IOException {
        ScriptedFilter filter = new ScriptedFilter("asking", request -> {
            long key = request.header("apikey".getBytes(StandardCharsets.US_ASCII));
            return askFor(URI, all -> accept(text(all, key) + variable(all, "request_uri")));
        });
        try (TestServer server = start(List.of(filter));
                RawConnection one = server.connect();
                RawConnection two = server.connect()) {
            long token = prepare(one, Entry.of("asking", "{}"));
            one.send(Messages.httpReqCall(1, token, WireTest.keyed("first")));
            assertThat(one.readAnswer(TestServer.SOON)).isInstanceOf(RunnerMessage.InfoWanted.Variable.class);
            two.send(Messages.httpReqCall(2, token, WireTest.keyed("other")));
            assertThat(two.readAnswer(TestServer.SOON)).isInstanceOf(RunnerMessage.InfoWanted.Variable.class);
            one.send(Messages.extraInfo(Body.of("/1")));
            two.send(Messages.extraInfo(Body.of("/2")));
            assertThat(ScriptedFilter.seen(one.readAnswer(TestServer.SOON))).isEqualTo("first/1");
            assertThat(ScriptedFilter.seen(two.readAnswer(TestServer.SOON))).isEqualTo("other/2");
        }
    }

    @Test
    void requestIsWipedAfterwards() {
        AtomicReference<byte[]> bytes = new AtomicReference<>(new byte[] {1});
        ScriptedFilter filter = new ScriptedFilter(
                "asking",
                request -> askFor(URI, all -> {
                    bytes.set(all.bytes());
                    return accept("yes");
                }));
        call(WireTest.keyed("key-1"), route("asking"), filter);
        assertThat(bytes.get()).containsOnly(0);
    }

    @Test
    void questionThatIsNotAnsweredGets503AndClosesTheConnection() throws IOException {
        try (TestServer server = start(List.of(URI_THEN_BODY));
                RawConnection raw = server.connect()) {
            long token = prepare(raw, Entry.of("asking", "{}"));
            raw.send(Messages.httpReqCall(1, token, GatewayRequest.get("/")));
            assertThat(raw.readAnswer(TestServer.SOON)).isEqualTo(new RunnerMessage.InfoWanted.Variable("request_uri"));
            assertThat(raw.readAnswer(TestServer.SOON).toString()).contains("503");
            assertThat(raw.awaitClosed(TestServer.SOON)).isTrue();
            assertThat(server.stats().deadlinesExceeded()).isOne();
        }
    }

    @Test
    void anotherFrameInPlaceOfTheAnswerClosesTheConnection() throws IOException {
        try (TestServer server = start(List.of(URI_THEN_BODY));
                RawConnection raw = server.connect()) {
            long token = prepare(raw, Entry.of("asking", "{}"));
            raw.send(Messages.httpReqCall(1, token, GatewayRequest.get("/")));
            raw.readAnswer(TestServer.SOON);
            raw.send(Messages.httpReqCall(2, token, GatewayRequest.get("/")));
            assertThat(raw.readAnswer(TestServer.SOON))
                    .isEqualTo(new RunnerMessage.Failure(RunnerMessage.Failure.BAD_REQUEST));
            assertThat(raw.awaitClosed(TestServer.SOON)).isTrue();
            assertThat(server.stats().malformedFrames()).isOne();
        }
    }

    @Test
    void malformedAnswerClosesTheConnection() throws IOException {
        try (TestServer server = start(List.of(URI_THEN_BODY));
                RawConnection raw = server.connect()) {
            long token = prepare(raw, Entry.of("asking", "{}"));
            raw.send(Messages.httpReqCall(1, token, GatewayRequest.get("/")));
            raw.readAnswer(TestServer.SOON);
            raw.send(new byte[] {3, 0, 0, 2, 1, 1});
            assertThat(raw.awaitClosed(TestServer.SOON)).isTrue();
            assertThat(server.stats().malformedFrames()).isOne();
        }
    }

    /** APISIX cannot send a body above the limit of a frame. It closes the connection and answers 503 by itself. */
    @Test
    void gatewayThatGoesAwayInsteadOfSendingTheBodyLeavesNothingBehind() throws IOException {
        AtomicReference<byte[]> bytes = new AtomicReference<>(new byte[] {1});
        ScriptedFilter filter = new ScriptedFilter("asking", request -> {
            bytes.set(request.bytes());
            return askFor(RequestNeeds.ofBody(), all -> accept("yes"));
        });
        try (TestServer server = start(List.of(filter))) {
            try (RawConnection raw = server.connect()) {
                long token = prepare(raw, Entry.of("asking", "{}"));
                raw.send(Messages.httpReqCall(1, token, WireTest.keyed("key-1")));
                assertThat(raw.readAnswer(TestServer.SOON)).isInstanceOf(RunnerMessage.InfoWanted.RequestBody.class);
            }
            Awaitility.await().until(() -> server.stats().connectionsOpen() == 0);
            assertThat(bytes.get()).containsOnly(0);
            assertThat(server.stats().deadlinesExceeded()).isZero();
        }
    }

    @Test
    void filterThatFailsWithWhatItAskedForGets503() {
        ScriptedFilter filter = new ScriptedFilter(
                "asking",
                request -> askFor(URI, all -> {
                    throw new IllegalStateException("the key is " + header(all, "apikey"));
                }));
        assertThat(status(call(WireTest.keyed("key-1"), route("asking"), filter)))
                .isEqualTo(503);
    }

    @Test
    void filterBehindAnotherBuiltInOneAsksToo() {
        RouteConf route = RouteConf.of("1", TestServer.KEYS, "{}").and("asking", "{}");
        ScriptedFilter filter = new ScriptedFilter(
                "asking",
                request ->
                        askFor(URI, all -> accept(header(all, "x-consumer-username") + variable(all, "request_uri"))));
        assertThat(seen(call(WireTest.keyed("key-5"), route, filter))).isEqualTo("user-5/");
        assertThat(status(call(WireTest.keyed("no"), route, filter))).isEqualTo(401);
    }

    @Test
    void usersFilterRunsOnceTheAskingFilterHasAccepted() {
        RouteConf route = RouteConf.of("1", "asking", "{}").and("user", "");
        TestFilter user = TestFilter.onRequest("user", (request, response, chain) -> {
                    request.setHeader(
                            "X-Seen",
                            request.getHeader("X-Seen") + "+" + request.getVars("request_uri") + request.getBody());
                    chain.filter(request, response);
                })
                .needing("request_uri")
                .needingBody();
        assertThat(seen(call(GatewayRequest.post("/a", "text").header("apikey", "good"), route, URI_THEN_BODY, user)))
                .isEqualTo("POST /a text good+/atext");
        assertThat(status(call(GatewayRequest.get("/").header("apikey", "wrong"), route, URI_THEN_BODY, user)))
                .isEqualTo(401);
    }

    @Test
    void askingFilterBehindAUsersFilterFindsWhatItDeclared() {
        RouteConf route = RouteConf.of("1", "user", "").and("asking", "{}");
        TestFilter user = TestFilter.onRequest("user", (request, response, chain) -> {
            request.setHeader("apikey", "from-user");
            chain.filter(request, response);
        });
        assertThat(seen(call(GatewayRequest.post("/a", "text"), route, URI_THEN_BODY, user)))
                .isEqualTo("POST /a text from-user");
    }

    @Test
    void filterBehindAUsersFilterThatAsksForWhatItDidNotDeclareGets503() {
        RouteConf route = RouteConf.of("1", "user", "").and("asking", "{}");
        TestFilter user = TestFilter.onRequest("user", (request, response, chain) -> chain.filter(request, response));
        Judgement.Next script = request -> askFor(RequestNeeds.ofBody(), all -> accept("yes"));
        assertThat(status(call(GatewayRequest.get("/"), route, new ScriptedFilter("asking", script, URI), user)))
                .isEqualTo(503);
    }

    @Test
    void nothingIsFetchedUnlessAskedFor() {
        AtomicReference<String> seen = new AtomicReference<>();
        ScriptedFilter filter = new ScriptedFilter("asking", (RequestView request) -> {
            seen.set(variable(request, "request_uri") + ", " + body(request));
            return accept("yes");
        });
        call(GatewayRequest.post("/", "text"), route("asking"), filter);
        assertThat(seen).hasValue("not fetched, not fetched");
    }
}
