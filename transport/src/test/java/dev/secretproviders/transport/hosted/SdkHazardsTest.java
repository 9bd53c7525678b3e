package dev.secretproviders.transport.hosted;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.gateway.Entry;
import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.Messages;
import dev.secretproviders.gateway.RawConnection;
import dev.secretproviders.gateway.RunnerMessage;
import dev.secretproviders.transport.TestServer;
import dev.secretproviders.transport.WireTest;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Bytes on the wire in the cases where the official runner and SDK are wrong or send too much. */
final class SdkHazardsTest {

    private static RunnerMessage.Action answer(TestFilter filter) throws IOException {
        try (TestServer server = TestServer.start(filter);
                RawConnection raw = server.connect()) {
            raw.send(Messages.prepareConf(
                    "route#1#ext-plugin-pre-req#1", List.of(Entry.of("keys", "{}"), Entry.of("a", ""))));
            long token = ((RunnerMessage.Prepared) raw.readAnswer(TestServer.SOON)).token();
            raw.send(Messages.httpReqCall(1, token, WireTest.keyed("key-1")));
            return ((RunnerMessage.Decided) raw.readAnswer(TestServer.SOON)).action();
        }
    }

    private static RunnerMessage.Action.Rewrite rewrite(TestFilter.OnRequest filter) throws IOException {
        RunnerMessage.Action action = answer(TestFilter.onRequest("a", (request, response, chain) -> {
            filter.filter(request, response, chain);
            chain.filter(request, response);
        }));
        assertThat(action).isInstanceOf(RunnerMessage.Action.Rewrite.class);
        return (RunnerMessage.Action.Rewrite) action;
    }

    @Test
    void answerHoldsOneEntryForEachChangedHeader() throws IOException {
        // APISIX sets them one after another, so a surplus entry takes time or overrides the right one.
        RunnerMessage.Action.Rewrite rewrite = rewrite((request, _, _) -> {
            request.setHeader("X-A", "1");
            request.setHeader("x-a", "2");
            request.setHeader("x-consumer-username", "other");
        });
        assertThat(rewrite.headers()).containsExactly(Entry.of("x-a", "2"), Entry.of("x-consumer-username", "other"));
    }

    @Test
    void removedHeadersAndArgumentsHaveNoValue() throws IOException {
        RunnerMessage.Action.Rewrite rewrite = rewrite((request, _, _) -> {
            request.setHeader("X-Gone", null);
            request.setArg("gone", null);
            request.setHeader(null, "x");
            request.setArg(null, "x");
            request.setPath(null);
        });
        assertThat(rewrite.headers()).contains(new Entry("X-Gone", null));
        assertThat(rewrite.args()).containsExactly(new Entry("gone", null));
        assertThat(rewrite.path()).isNull();
    }

    @Test
    void textThatIsNoUnicodeGets503() throws IOException {
        assertFailed(answer(TestFilter.onRequest("a", (request, response, chain) -> {
            request.setHeader("X-A", "\ud800");
            chain.filter(request, response);
        })));
    }

    @Test
    void answerThatIsTooLongForAFrameGets503() throws IOException {
        assertFailed(answer(TestFilter.onRequest("a", (_, response, _) -> {
            response.setStatusCode(200);
            response.setBody("x".repeat(1 << 24));
        })));
    }

    @Test
    void longAnswerArrivesWhole() throws IOException {
        String body = "x".repeat((1 << 24) - 1000);
        assertThat(answer(TestFilter.onRequest("a", (_, response, _) -> response.setBody(body))))
                .isInstanceOfSatisfying(
                        RunnerMessage.Action.Stop.class,
                        stop -> assertThat(stop.body().length()).isEqualTo(body.length()));
    }

    private static void assertFailed(RunnerMessage.Action action) {
        assertThat(action)
                .isInstanceOfSatisfying(
                        RunnerMessage.Action.Stop.class,
                        stop -> assertThat(stop.status()).isEqualTo(503));
    }

    @Test
    void sharedRefusalsCarryEachTheIdOfItsRequest() throws IOException {
        // The encoder keeps encoded refusals. Each copy gets the id of its own request.
        try (TestServer server = TestServer.start(options -> options.withEventLoops(1));
                RawConnection one = server.connect();
                RawConnection two = server.connect()) {
            long token = WireTest.prepare(one);
            for (long id = 0; id < 200; id++) {
                RawConnection raw = id % 2 == 0 ? one : two;
                raw.send(Messages.httpReqCall(
                        id, token, id % 3 == 0 ? WireTest.keyed("key-1") : GatewayRequest.get("/")));
                RunnerMessage answer = raw.readAnswer(TestServer.SOON);
                assertThat(((RunnerMessage.Decided) answer).id()).isEqualTo(id);
            }
        }
    }
}
