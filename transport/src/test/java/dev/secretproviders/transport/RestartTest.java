package dev.secretproviders.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.gateway.Entry;
import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.Messages;
import dev.secretproviders.gateway.Outcome;
import dev.secretproviders.gateway.RawConnection;
import dev.secretproviders.gateway.RouteConf;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.gateway.RunnerMessage;
import dev.secretproviders.transport.hosted.TestFilter;
import dev.secretproviders.transport.socket.TransportOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway that outlives the runner, or that opens more connections than it keeps, is served. */
final class RestartTest {
    @TempDir
    private Path directory;

    private UnixSocketServer start() throws IOException {
        TestFilter filter = TestFilter.onRequest("a", (request, response, chain) -> chain.filter(request, response));
        UnixSocketServer server = new UnixSocketServer(
                TransportOptions.of(directory.resolve("runner.sock")), List.of(), List.of(filter), TestServer::verdict);
        TestServer.listen(server);
        return server;
    }

    @Test
    void clientSeesNothingOfARunnerThatWasRestarted() throws IOException {
        RouteConf route = RouteConf.of("1", "a", "");
        UnixSocketServer first = start();
        try (RunnerClient gateway = RunnerClient.open(directory.resolve("runner.sock"))) {
            assertThat(gateway.call(GatewayRequest.get("/"), route)).isInstanceOf(Outcome.Continue.class);
            first.stop(Duration.ofSeconds(1));

            UnixSocketServer second = start();
            // The gateway's pooled connections ended with the first runner. It notices that at their next use.
            Awaitility.await()
                    .untilAsserted(() -> assertThat(gateway.call(GatewayRequest.get("/"), route))
                            .isInstanceOf(Outcome.Continue.class));
            assertThat(second.stats().unknownTokens()).isEqualTo(1);
            second.stop(Duration.ofSeconds(1));
        }
    }

    @Test
    void connectionsThatComeAndGoCostLittle() throws IOException {
        UnixSocketServer server = start();
        try {
            long token;
            try (RawConnection raw = RawConnection.open(directory.resolve("runner.sock"))) {
                raw.send(Messages.prepareConf("route#1#ext-plugin-pre-req#1", List.of(Entry.of("a", ""))));
                token = ((RunnerMessage.Prepared) raw.readAnswer(TestServer.SOON)).token();
            }
            for (int i = 0; i < 2000; i++) {
                try (RawConnection raw = RawConnection.open(directory.resolve("runner.sock"))) {
                    raw.send(Messages.httpReqCall(i, token, GatewayRequest.get("/")));
                    assertThat(raw.readAnswer(TestServer.SOON))
                            .isEqualTo(new RunnerMessage.Decided(i, new RunnerMessage.Action.None()));
                }
            }
            Awaitility.await().until(() -> server.stats().connectionsOpen() == 0);
            assertThat(server.stats().connectionsAccepted()).isEqualTo(2001);
        } finally {
            server.stop(Duration.ofSeconds(1));
        }
    }
}
