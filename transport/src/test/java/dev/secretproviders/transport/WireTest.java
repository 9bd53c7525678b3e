package dev.secretproviders.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.gateway.Entry;
import dev.secretproviders.gateway.Frame;
import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.Messages;
import dev.secretproviders.gateway.Outcome;
import dev.secretproviders.gateway.RawConnection;
import dev.secretproviders.gateway.RouteConf;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.gateway.RunnerMessage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A route with a built-in filter, as a gateway sees it. */
public final class WireTest {
    private static final RouteConf ROUTE = RouteConf.of("1", TestServer.KEYS, "{}");
    private static final int CONNECTIONS = 32;

    private TestServer server;
    private RunnerClient gateway;

    @BeforeEach
    void start() {
        server = TestServer.start();
        gateway = server.gateway();
    }

    @AfterEach
    void stop() {
        gateway.close();
        server.close();
    }

    @Test
    void acceptedRequestGoesOnWithItsConsumer() {
        Outcome outcome = gateway.call(keyed("key-7"), ROUTE);

        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Outcome.Continue.class,
                        go -> assertThat(go.upstream().header("X-Consumer-Username"))
                                .contains("user-7"));
    }

    @Test
    void refusedRequestEndsWithStatusHeadersAndBody() {
        Outcome outcome = gateway.call(GatewayRequest.get("/"), ROUTE);

        assertThat(outcome).isInstanceOfSatisfying(Outcome.Stop.class, stop -> {
            assertThat(stop.status()).isEqualTo(401);
            assertThat(stop.header("www-authenticate")).contains("apikey realm=\"key\"");
            assertThat(stop.body().text()).isEqualTo(TestServer.NO_KEY.body());
        });
    }

    @Test
    void acceptedRequestThatNeedsNoChangeIsAnsweredWithoutOne() {
        assertThat(gateway.call(keyed("quiet"), ROUTE))
                .isInstanceOfSatisfying(
                        Outcome.Continue.class,
                        go -> assertThat(go.action()).isInstanceOf(RunnerMessage.Action.None.class));
    }

    @Test
    void removedHeaderAndArgumentDoNotReachTheUpstream() {
        GatewayRequest request = GatewayRequest.get("/?apikey=strip&a=1").header("apikey", "strip");
        assertThat(gateway.call(request, ROUTE)).isInstanceOfSatisfying(Outcome.Continue.class, go -> {
            assertThat(go.upstream().header("apikey")).isEmpty();
            assertThat(go.upstream().target()).isEqualTo("/?a=1");
        });
    }

    @Test
    void answerCarriesTheIdOfItsRequest() throws IOException {
        try (RawConnection raw = server.connect()) {
            long token = prepare(raw);
            for (long id : new long[] {0, 1, 4242, 0xffff_ffffL}) {
                raw.send(Messages.httpReqCall(id, token, GatewayRequest.get("/")));
                assertThat(raw.readAnswer(TestServer.SOON))
                        .isInstanceOfSatisfying(
                                RunnerMessage.Decided.class,
                                decided -> assertThat(decided.id()).isEqualTo(id));
            }
        }
    }

    @Test
    void thousandRequestsOnThirtyTwoConnectionsGetEachItsOwnAnswer() throws Exception {
        List<Callable<Void>> calls = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            int number = i;
            calls.add(() -> {
                Outcome outcome = gateway.call(keyed("key-" + number), ROUTE);
                assertThat(outcome)
                        .isInstanceOfSatisfying(
                                Outcome.Continue.class,
                                go -> assertThat(go.upstream().header("X-Consumer-Username"))
                                        .contains("user-" + number));
                return null;
            });
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS)) {
            for (Future<Void> call : threads.invokeAll(calls)) {
                call.get();
            }
        }

        assertThat(server.stats().requestFrames()).isEqualTo(1000);
        assertThat(server.stats().prepareConfFrames()).isEqualTo(1);
        assertThat(server.stats().malformedFrames()).isZero();
        assertThat(server.stats().pipelinedFrames()).isZero();
    }

    @Test
    void decisionsAreCountedByRouteAndReason() {
        gateway.call(keyed("key-1"), ROUTE);
        gateway.call(keyed("wrong"), ROUTE);
        gateway.call(keyed("wrong"), ROUTE);

        Map<String, Long> counts = new HashMap<>();
        server.stats().forEachRoute((route, _, reason, count) -> counts.put(route.text() + " " + reason, count));
        assertThat(counts).isEqualTo(Map.of("1 " + Reason.ACCEPTED, 1L, "1 " + Reason.INVALID_KEY, 2L));
    }

    @Test
    void unknownTokenIsAnsweredSoAndTheConnectionLives() throws IOException {
        try (RawConnection raw = server.connect()) {
            raw.send(Messages.httpReqCall(1, 12345, GatewayRequest.get("/")));
            assertThat(raw.readAnswer(TestServer.SOON))
                    .isEqualTo(new RunnerMessage.Failure(RunnerMessage.Failure.CONF_TOKEN_NOT_FOUND));
            prepare(raw);
        }
        assertThat(server.stats().unknownTokens()).isEqualTo(1);
    }

    @Test
    void tokensOfAnInstanceBeforeAreUnknownAndPreparedAgainUnseenByTheClient() throws IOException {
        long token;
        try (RawConnection raw = server.connect()) {
            token = prepare(raw);
        }
        try (TestServer other = TestServer.start();
                RawConnection raw = other.connect()) {
            raw.send(Messages.httpReqCall(1, token, keyed("key-1")));
            assertThat(raw.readAnswer(TestServer.SOON))
                    .isEqualTo(new RunnerMessage.Failure(RunnerMessage.Failure.CONF_TOKEN_NOT_FOUND));
        }
    }

    @Test
    void prepareConfIsAnsweredExactlyOnce() throws IOException {
        try (RawConnection raw = server.connect()) {
            long first = prepare(raw);
            // A stray second answer would be read here in place of the answer to this request.
            raw.send(Messages.httpReqCall(9, first, GatewayRequest.get("/")));
            assertThat(raw.readAnswer(TestServer.SOON)).isInstanceOf(RunnerMessage.Decided.class);
        }
    }

    public static long prepare(RawConnection raw) throws IOException {
        raw.send(Messages.prepareConf("route#1#ext-plugin-pre-req#1", List.of(Entry.of(TestServer.KEYS, "{}"))));
        RunnerMessage answer = raw.readAnswer(TestServer.SOON);
        assertThat(answer).isInstanceOf(RunnerMessage.Prepared.class);
        return ((RunnerMessage.Prepared) answer).token();
    }

    public static GatewayRequest keyed(String key) {
        return GatewayRequest.get("/").header("apikey", key);
    }

    @Test
    void frameOfTheGreatestLengthIsAnswered() throws IOException {
        try (RawConnection raw = server.connect()) {
            long token = prepare(raw);
            Frame small = Messages.httpReqCall(1, token, keyed("key-1").header("x-pad", ""));
            int room = Frame.MAX_LENGTH - small.body().length();
            GatewayRequest big = keyed("key-1").header("x-pad", "p".repeat(room));
            Frame frame = Messages.httpReqCall(1, token, big);
            byte[] bytes = Frame.encodeFrame(
                    Frame.HTTP_REQ_CALL, Arrays.copyOf(frame.body().bytes(), Frame.MAX_LENGTH));
            raw.send(bytes);
            assertThat(raw.readAnswer(TestServer.SOON))
                    .isInstanceOfSatisfying(
                            RunnerMessage.Decided.class,
                            decided -> assertThat(decided.action()).isInstanceOf(RunnerMessage.Action.Rewrite.class));
        }
    }
}
