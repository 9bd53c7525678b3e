package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.gateway.Entry;
import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.Outcome;
import dev.secretproviders.gateway.RouteConf;
import dev.secretproviders.gateway.RunnerClient;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients that forge identity headers after the 100th header of a request, where the runner does not see them, while a
 * plugin in front of the runner makes the list look complete. Clients that try keys.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostileClientsTest {
    private static final List<String> IDENTITY =
            List.of("X-Consumer-Username", "X-Credential-Identifier", "X-Consumer-Custom-ID");

    private @Nullable RunnerProcess runner;
    private @Nullable RunnerClient apisix;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        RunnerProcess.consumers(directory, """
                consumers:
                  - {username: jack, plugins: {key-auth: {key: good-key}}}
                  - {username: guest, labels: {custom_id: g-1}}
                """);
        runner = RunnerProcess.start(directory, RunnerProcess.consumersFromFile(directory), Map.of());
        apisix = runner.client();
    }

    @AfterAll
    void stop() {
        if (apisix != null) {
            apisix.close();
        }
        if (runner != null) {
            runner.close();
        }
    }

    /** Returns headers: the key, {@code times} values of one header, and the forged ones last. */
    private static GatewayRequest forged(List<String> names, int times) {
        GatewayRequest request = GatewayRequest.get("/").header("apikey", "good-key");
        for (int i = 0; i < times; i++) {
            request = request.header("b3", "0");
        }
        for (String name : names) {
            request = request.header(name, "admin");
        }
        return request;
    }

    private List<Entry> upstreamHeaders(GatewayRequest request, String conf) {
        Outcome outcome = Objects.requireNonNull(apisix)
                .call(request, RouteConf.of("forged-" + conf.hashCode(), "secret-key-auth", conf));
        assertThat(outcome).isInstanceOf(Outcome.Continue.class);
        return ((Outcome.Continue) outcome).upstream().headers();
    }

    /** With 0, nothing is hidden. With 98, all 100 places are used before the forged headers. */
    @ParameterizedTest
    @ValueSource(ints = {0, 98, 150})
    void collapsedListHidesNoIdentity(int times) {
        GatewayRequest request = forged(IDENTITY, times).setInFront("b3", "0");
        assertThat(request.wireHeaders()).hasSizeLessThan(10);

        List<Entry> upstream = upstreamHeaders(request, "{}");

        assertThat(Entry.all(upstream, "X-Consumer-Username")).containsExactly("jack");
        assertThat(Entry.all(upstream, "X-Credential-Identifier")).isEmpty();
        assertThat(Entry.all(upstream, "X-Consumer-Custom-ID")).isEmpty();
    }

    @Test
    void removedHeaderHidesNoIdentityOfTheAnonymousConsumer() {
        GatewayRequest request = GatewayRequest.get("/");
        for (int i = 0; i < 99; i++) {
            request = request.header("b3", "0");
        }
        for (String name : IDENTITY) {
            request = request.header(name, "admin");
        }

        List<Entry> upstream = upstreamHeaders(request.setInFront("b3", null), "{\"anonymous_consumer\":\"guest\"}");

        assertThat(Entry.all(upstream, "X-Consumer-Username")).containsExactly("guest");
        assertThat(Entry.all(upstream, "X-Credential-Identifier")).isEmpty();
        assertThat(Entry.all(upstream, "X-Consumer-Custom-ID")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X_Consumer_Username",
                "x-consumer_username",
                "X_Credential-Identifier",
                "X_CONSUMER_CUSTOM_ID",
                "x-consumer-custom_id"
            })
    void lookAlikesAreRemovedUnseenWhereTheRouteWantsIt(String name) {
        GatewayRequest request = forged(List.of(name), 98).setInFront("b3", "0");
        assertThat(request.wireHeaders()).noneMatch(header -> header.name().equals(name.toLowerCase(Locale.ROOT)));

        assertThat(Entry.all(upstreamHeaders(request, "{\"remove_look_alikes\":true}"), name))
                .isEmpty();
    }

    /** A truncated list that no plugin changed is recognised by its length. */
    @Test
    void lookAlikesBeyondAListOfAHundredAreRemovedOnEveryRoute() {
        GatewayRequest request = forged(List.of("X_Consumer_Username"), 98);
        assertThat(request.wireHeaders()).hasSize(100);

        assertThat(Entry.all(upstreamHeaders(request, "{}"), "X_Consumer_Username"))
                .isEmpty();
    }

    @Test
    void clientsThatTryKeysAreFindings() throws IOException {
        RunnerClient gateway = Objects.requireNonNull(apisix);
        RunnerProcess it = Objects.requireNonNull(runner);
        for (int i = 0; i < 60; i++) {
            GatewayRequest guess = GatewayRequest.get("/").header("apikey", "guess-c4n4ry-" + i);
            assertThat(RunnerProcess.status(
                            gateway.call(guess.from(InetAddress.ofLiteral("192.0.2.66")), RunnerProcess.ROUTE)))
                    .isEqualTo(401);
            GatewayRequest published = GatewayRequest.get("/").header("apikey", "old-c4n4ry");
            assertThat(RunnerProcess.status(gateway.call(
                            published.from(InetAddress.ofLiteral("2001:db8:0:" + i + "::1")), RunnerProcess.ROUTE)))
                    .isEqualTo(401);
        }

        assertThat(it.metric("secret_providers_sources_of_many_wrong_keys", "")).isEqualTo(1);
        assertThat(it.metric("secret_providers_wrong_keys_from_many_sources", ""))
                .isEqualTo(1);
        try (AdminClient admin = it.admin()) {
            String findings = admin.get("/admin/findings").expect(200).text();
            assertThat(findings)
                    .contains("\"many_wrong_keys\"", "\"sources/192.0.2.66\"", "\"wrong_key_from_many\"", "\"keys/")
                    .doesNotContain("c4n4ry");
        }
    }
}
