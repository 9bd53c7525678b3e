package dev.secretproviders.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.secretproviders.gateway.RunnerMessage.Action.Rewrite;
import dev.secretproviders.gateway.server.EchoUpstream;
import dev.secretproviders.gateway.server.GatewayServer;
import dev.secretproviders.gateway.server.Route;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The gateway as its clients and upstreams see it, over real sockets. */
final class GatewayServerTest {
    private static final RouteConf CONF = RouteConf.of("r1", "p", "");

    @TempDir
    Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private EchoUpstream upstream;

    @BeforeEach
    void startUpstream() throws IOException {
        upstream = EchoUpstream.start(anyPort());
    }

    @AfterEach
    void stopUpstream() {
        upstream.close();
        http.close();
    }

    @Test
    void acceptedRequestReachesTheUpstreamWithTheRunnersChanges() throws Exception {
        Frame answer = RunnerFrames.rewrite(new Rewrite(
                null,
                List.of(Entry.of("X-Consumer-Username", "jack"), new Entry("apikey", null)),
                List.of(new Entry("apikey", null)),
                List.of(Entry.of("X-Checked", "yes")),
                Body.EMPTY));
        try (FakeRunner runner = FakeRunner.answering(directory, answer);
                GatewayServer gateway = gateway(runner, route().withPreReq(CONF))) {
            HttpResponse<String> response = send(request(gateway, "/orders/1?a=b&apikey=k")
                    .header("apikey", "k")
                    .header("X-Consumer-Username", "spoofed"));

            JsonNode seen = JsonMapper.shared().readTree(response.body());
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("x-checked")).contains("yes");
            assertThat(seen.path("path").stringValue()).isEqualTo("/orders/1");
            assertThat(seen.path("query").stringValue()).isEqualTo("a=b");
            assertThat(seen.path("headers").path("X-Consumer-Username").stringValue())
                    .isEqualTo("jack");
            assertThat(seen.path("headers").has("Apikey")).isFalse();
            assertThat(seen.path("headers").path("X-Real-Ip").stringValue()).isEqualTo("127.0.0.1");
        }
    }

    @Test
    void runnerSeesTheForwardedHeadersThatTheGatewaySets() throws Exception {
        try (FakeRunner runner = FakeRunner.answering(directory, RunnerFrames.pass(0));
                GatewayServer gateway = gateway(runner, route().withPreReq(CONF))) {
            send(request(gateway, "/orders/1").header("X-Forwarded-Proto", "spoofed"));

            assertThat(RunnerFrames.headers(runner.onlyRequest()))
                    .contains(
                            Entry.of("x-forwarded-proto", "http"),
                            Entry.of(
                                    "x-forwarded-port",
                                    Integer.toString(gateway.uri().getPort())))
                    .doesNotContain(Entry.of("x-forwarded-proto", "spoofed"));
        }
    }

    @Test
    void stoppedRequestGetsTheRunnersAnswer() throws Exception {
        Frame answer =
                RunnerFrames.stop(401, "{\"message\":\"no\"}", Entry.of("WWW-Authenticate", "apikey realm=\"key\""));
        try (FakeRunner runner = FakeRunner.answering(directory, answer);
                GatewayServer gateway = gateway(runner, route().withPreReq(CONF))) {
            HttpResponse<String> response = send(request(gateway, "/orders/1"));

            assertThat(response.statusCode()).isEqualTo(401);
            assertThat(response.body()).isEqualTo("{\"message\":\"no\"}");
            assertThat(response.headers().firstValue("www-authenticate")).contains("apikey realm=\"key\"");
        }
    }

    @Test
    void contentLengthOfAStopCutsItsBody() throws Exception {
        Frame answer = RunnerFrames.stop(200, "0123456789", Entry.of("content-length", "4"));
        try (FakeRunner runner = FakeRunner.answering(directory, answer);
                GatewayServer gateway = gateway(runner, route().withPreReq(CONF))) {
            assertThat(send(request(gateway, "/orders/1")).body()).isEqualTo("0123");
        }
    }

    @Test
    void withoutRunnerTheClientGets503() throws Exception {
        try (GatewayServer gateway = gateway(directory.resolve("none.sock"), route().withPreReq(CONF))) {
            HttpResponse<String> response = send(request(gateway, "/orders/1"));

            assertThat(response.statusCode()).isEqualTo(503);
            assertThat(response.body()).contains("Powered by APISIX");
        }
    }

    @Test
    void withoutRunnerDegradationPassesTheRequestUnauthenticated() throws Exception {
        try (GatewayServer gateway =
                gateway(directory.resolve("none.sock"), route().withPreReq(CONF.withDegradation()))) {
            assertThat(send(request(gateway, "/orders/1")).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void methodWithoutNumberIs500() throws Exception {
        try (FakeRunner runner = FakeRunner.answering(directory, RunnerFrames.pass(0));
                GatewayServer gateway = gateway(runner, route().withPreReq(CONF))) {
            HttpResponse<String> response =
                    send(request(gateway, "/orders/1").method("PURGE", BodyPublishers.noBody()));

            assertThat(response.statusCode()).isEqualTo(500);
        }
    }

    @Test
    void traceIsRefusedBeforeTheRunnerIsAsked() throws Exception {
        try (FakeRunner runner = FakeRunner.answering(directory, RunnerFrames.pass(0));
                GatewayServer gateway = gateway(runner, route().withPreReq(CONF))) {
            HttpResponse<String> response =
                    send(request(gateway, "/orders/1").method("TRACE", BodyPublishers.noBody()));

            assertThat(response.statusCode()).isEqualTo(405);
            assertThat(runner.accepted()).isZero();
        }
    }

    @Test
    void statusBelow100HangsUntilTheTimeout() throws Exception {
        try (FakeRunner runner = FakeRunner.answering(directory, RunnerFrames.stop(99, "x"));
                GatewayServer gateway = GatewayServer.start(
                        anyPort(),
                        runner.socket(),
                        RunnerClient.Options.DEFAULT.withTimeout(Duration.ofMillis(100)),
                        List.of(route().withPreReq(CONF)))) {
            assertThatIOException().isThrownBy(() -> send(request(gateway, "/orders/1")));
        }
    }

    @Test
    void postRespMayChangeTheUpstreamsAnswer() throws Exception {
        Frame answer = RunnerFrames.responseDecided(202, "changed", Entry.of("X-By", "runner"));
        try (FakeRunner runner = FakeRunner.answering(directory, answer);
                GatewayServer gateway = gateway(runner, route().withPostResp(CONF))) {
            HttpResponse<String> response = send(request(gateway, "/orders/1"));

            assertThat(response.statusCode()).isEqualTo(202);
            assertThat(response.body()).isEqualTo("changed");
            assertThat(response.headers().firstValue("x-by")).contains("runner");
            assertThat(response.headers().firstValue("content-type")).contains("text/plain; charset=utf-8");
        }
    }

    @Test
    void pathWithoutRouteIs404() throws Exception {
        try (GatewayServer gateway = gateway(directory.resolve("none.sock"), route())) {
            assertThat(send(request(gateway, "/elsewhere")).statusCode()).isEqualTo(404);
        }
    }

    @Test
    void upstreamThatIsDownIs502() throws Exception {
        Route route = route();
        upstream.close();
        try (GatewayServer gateway = gateway(directory.resolve("none.sock"), route)) {
            assertThat(send(request(gateway, "/orders/1")).statusCode()).isEqualTo(502);
        }
    }

    private Route route() {
        return Route.of("r1", "/orders/*", upstream.uri());
    }

    private static GatewayServer gateway(FakeRunner runner, Route route) throws IOException {
        return gateway(runner.socket(), route);
    }

    private static GatewayServer gateway(Path socket, Route route) throws IOException {
        return GatewayServer.start(anyPort(), socket, RunnerClient.Options.DEFAULT.withWorkers(2), List.of(route));
    }

    private static InetSocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
    }

    private static HttpRequest.Builder request(GatewayServer gateway, String target) {
        return HttpRequest.newBuilder(gateway.uri().resolve(target));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return http.send(request.build(), BodyHandlers.ofString());
    }
}
