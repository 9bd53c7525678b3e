package dev.secretproviders.transport.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.gateway.Body;
import dev.secretproviders.gateway.Entry;
import dev.secretproviders.gateway.Outcome;
import dev.secretproviders.gateway.RouteConf;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.gateway.UpstreamResponse;
import dev.secretproviders.transport.TestServer;
import dev.secretproviders.transport.WireTest;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A route whose configuration is wrong is closed, not open, and says why. */
final class RouteConfigurationTest {
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

    @ParameterizedTest
    @CsvSource({
        "typo, {}, names the filter typo",
        "keys, {\"headr\":1}, value of the filter keys: expected {}",
        "'', {}, not shown",
    })
    void unknownFilterOrWrongValueAnswers503ToEveryRequest(String name, String value, String problem) {
        RouteConf route = RouteConf.of("7", name, value);
        for (int i = 0; i < 3; i++) {
            assertClosed(route);
        }
        assertThat(server.server().problems()).singleElement().satisfies(found -> {
            assertThat(found.route()).isEqualTo(new RouteId("7"));
            assertThat(found.message()).contains(problem);
        });
        // Told once, with a token: APISIX is not kept preparing.
        assertThat(server.stats().prepareConfFrames()).isEqualTo(1);
        assertThat(server.stats().misconfiguredRequests()).isEqualTo(3);
    }

    @Test
    void unknownFilterBesideAGoodOneClosesTheRoute() {
        assertClosed(RouteConf.of("1", TestServer.KEYS, "{}").and("typo", ""));
    }

    @Test
    void filterNamedTwiceClosesTheRoute() {
        assertClosed(RouteConf.of("1", TestServer.KEYS, "{}").and(TestServer.KEYS, "{}"));
    }

    @Test
    void emptyConfClosesTheRoute() {
        assertClosed(new RouteConf("1", 1, List.of(), false));
    }

    @Test
    void builtInFilterForResponsesClosesTheRoute() {
        Outcome outcome = gateway.callResponse(
                WireTest.keyed("key-1"),
                new UpstreamResponse(200, List.of(Entry.of("X-A", "b")), Body.of("content")),
                RouteConf.of("1", TestServer.KEYS, "{}"));

        assertThat(outcome).isInstanceOfSatisfying(Outcome.Stop.class, stop -> {
            assertThat(stop.status()).isEqualTo(503);
            assertThat(stop.body().text()).startsWith("{\"error_msg\":");
        });
        assertThat(server.server().problems()).hasSize(1);
    }

    @Test
    void mendedRouteOpensAndItsProblemIsGone() {
        assertClosed(RouteConf.of("1", TestServer.KEYS, "wrong"));
        Outcome outcome = gateway.call(
                WireTest.keyed("key-1"),
                RouteConf.of("1", TestServer.KEYS, "{}").withVersion(2));
        assertThat(outcome).isInstanceOf(Outcome.Continue.class);
        assertThat(server.server().problems()).isEmpty();
    }

    @Test
    void builtInFilterThatFailsAnswers503() {
        Outcome outcome = gateway.call(WireTest.keyed("boom"), RouteConf.of("1", TestServer.KEYS, "{}"));
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Outcome.Stop.class, stop -> assertThat(stop.status()).isEqualTo(503));
        assertThat(server.stats().filterFailures()).isEqualTo(1);
    }

    private void assertClosed(RouteConf route) {
        assertThat(gateway.call(WireTest.keyed("key-1"), route)).isInstanceOfSatisfying(Outcome.Stop.class, stop -> {
            assertThat(stop.status()).isEqualTo(503);
            assertThat(stop.body().text()).startsWith("{\"error_msg\":").doesNotContain("typo");
        });
    }
}
