package dev.secretproviders.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a runner gets when it asks for more information. */
final class ExtraInfoTest {
    private static final RouteConf ROUTE = RouteConf.of("r1", "p", "");

    @TempDir
    Path directory;

    private final List<@Nullable String> answers = Collections.synchronizedList(new ArrayList<>());

    @Test
    void anyNumberIsAnsweredInSequenceOnTheRequestsConnection() throws IOException {
        GatewayRequest request = GatewayRequest.post("/a//b?x=1", "the body")
                .header("Cookie", "s=1; t=2")
                .header("X-Multi", "a")
                .header("x-multi", "b")
                .variable("route_id", "r1");

        Outcome outcome = asking(
                request,
                RunnerFrames.wantVariable("real_request_uri"),
                RunnerFrames.wantVariable("request_uri"),
                RunnerFrames.wantVariable("cookie_t"),
                RunnerFrames.wantVariable("http_x_multi"),
                RunnerFrames.wantVariable("arg_x"),
                RunnerFrames.wantVariable("route_id"),
                RunnerFrames.wantRequestBody());

        assertThat(answers).containsExactly("/a//b?x=1", "/a/b?x=1", "2", "a, b", "1", "r1", "the body");
        assertThat(outcome).isInstanceOf(Outcome.Continue.class);
    }

    @Test
    void whatIsNotThereIsAnsweredWithoutResult() throws IOException {
        asking(
                GatewayRequest.get("/"),
                RunnerFrames.wantVariable("no_such_variable"),
                RunnerFrames.wantRequestBody(),
                RunnerFrames.wantResponseBody());

        assertThat(answers).containsExactly(null, null, null);
    }

    @Test
    void largeBodyComesWhole() throws IOException {
        String body = "x".repeat(300_000);

        asking(GatewayRequest.post("/", body), RunnerFrames.wantRequestBody());

        assertThat(answers).containsExactly(body);
    }

    @Test
    void bodyTooLongForAFrameIs503() throws IOException {
        GatewayRequest request = GatewayRequest.post("/", "x".repeat(17_000_000));

        assertThat(asking(request, RunnerFrames.wantRequestBody()))
                .isInstanceOfSatisfying(
                        Outcome.Failed.class,
                        failed -> assertThat(failed.reason()).contains("max length of data"));
    }

    private Outcome asking(GatewayRequest request, Frame... questions) throws IOException {
        try (FakeRunner runner = FakeRunner.start(directory, (peer, frame) -> {
                    if (frame.type() == Frame.PREPARE_CONF) {
                        peer.send(RunnerFrames.prepared(1));
                    } else {
                        for (Frame question : questions) {
                            peer.send(question);
                            answers.add(RunnerFrames.info(peer.read()));
                        }
                        peer.send(RunnerFrames.pass(0));
                    }
                });
                RunnerClient client = RunnerClient.open(runner.socket())) {
            return client.call(request, ROUTE);
        }
    }
}
