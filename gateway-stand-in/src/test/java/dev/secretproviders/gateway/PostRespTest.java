package dev.secretproviders.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How ext-plugin-post-resp asks the runner and applies the answer. */
final class PostRespTest {
    private static final RouteConf ROUTE = RouteConf.of("r1", "p", "");
    private static final GatewayRequest REQUEST = GatewayRequest.get("/");
    private static final UpstreamResponse RESPONSE = new UpstreamResponse(
            201,
            List.of(Entry.of("Content-Type", "text/plain"), Entry.of("X-Up", "1"), Entry.of("X-Up", "2")),
            Body.of("original"));

    @TempDir
    Path directory;

    @Test
    void runnerSeesStatusAndHeadersAndMayAskForTheBody() throws IOException {
        CompletableFuture<@Nullable String> body = new CompletableFuture<>();
        try (FakeRunner runner = FakeRunner.start(directory, (peer, frame) -> {
                    if (frame.type() == Frame.PREPARE_CONF) {
                        peer.send(RunnerFrames.prepared(7));
                    } else {
                        peer.send(RunnerFrames.wantResponseBody());
                        body.complete(RunnerFrames.info(peer.read()));
                        peer.send(RunnerFrames.responseDecided(0, null));
                    }
                });
                RunnerClient client = RunnerClient.open(runner.socket())) {
            client.callResponse(REQUEST, RESPONSE, ROUTE);

            var frame = runner.received(Frame.HTTP_RESP_CALL).getFirst().frame();
            var req = io.github.api7.A6.HTTPRespCall.Req.getRootAsReq(
                    java.nio.ByteBuffer.wrap(frame.body().bytes()));
            assertThat(req.status()).isEqualTo(201);
            assertThat(req.confToken()).isEqualTo(7);
            assertThat(RunnerFrames.list(req.headersLength(), req::headers)).isEqualTo(RESPONSE.headers());
            assertThat(body).isCompletedWithValue("original");
            assertThat(runner.received(Frame.PREPARE_CONF)
                            .getFirst()
                            .frame()
                            .body()
                            .text())
                    .contains("route#r1#ext-plugin-post-resp#1");
        }
    }

    @Test
    void answerWithoutChangeKeepsAllButTheHeadersThatApisixDrops() throws IOException {
        assertThat(decided(RunnerFrames.responseDecided(0, null)))
                .isEqualTo(new Outcome.Stop(
                        201, List.of(Entry.of("x-up", "1"), Entry.of("x-up", "2")), Body.of("original")));
    }

    @Test
    void headersOfTheRunnerTakeThePlaceOfAllOfTheUpstreams() throws IOException {
        assertThat(decided(RunnerFrames.responseDecided(418, "new", Entry.of("Content-Type", "text/html"))))
                .isEqualTo(new Outcome.Stop(418, List.of(Entry.of("content-type", "text/html")), Body.of("new")));
    }

    @Test
    void newBodyAloneKeepsTheStatus() throws IOException {
        assertThat(decided(RunnerFrames.responseDecided(0, "new")))
                .isInstanceOfSatisfying(
                        Outcome.Stop.class, stop -> assertThat(stop.status()).isEqualTo(201));
    }

    @Test
    void failureIs503() throws IOException {
        assertThat(decided(RunnerFrames.error(1))).isInstanceOf(Outcome.Failed.class);
    }

    private Outcome decided(Frame answer) throws IOException {
        try (FakeRunner runner = FakeRunner.answering(directory, answer);
                RunnerClient client = RunnerClient.open(runner.socket())) {
            return client.callResponse(REQUEST, RESPONSE, ROUTE);
        }
    }
}
