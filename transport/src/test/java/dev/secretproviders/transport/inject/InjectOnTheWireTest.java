package dev.secretproviders.transport.inject;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.gateway.Body;
import dev.secretproviders.gateway.CredentialCalls;
import dev.secretproviders.gateway.EventFollower;
import dev.secretproviders.gateway.Frame;
import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.Outcome;
import dev.secretproviders.gateway.RawConnection;
import dev.secretproviders.gateway.RouteConf;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.gateway.UpstreamRequest;
import dev.secretproviders.inject.UpstreamSecrets;
import dev.secretproviders.provider.ProviderPolicy;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.transport.TestServer;
import dev.secretproviders.transport.hosted.TestFilter;
import dev.secretproviders.transport.route.InjectFilter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Routes that send secrets to their upstream, as a gateway sees them. */
final class InjectOnTheWireTest {
    private static final String SHARED =
            "{\"headers\":{\"Authorization\":\"Bearer ${secret://vault/prod/up/a/token}\"}}";
    private static final String OWN = "{\"headers\":{\"X-Own\":\"${secret://vault/prod/own/{consumer}/token}\"}}";

    private final MemoryProvider manager = new MemoryProvider();
    private final ExecutorService worker = Executors.newSingleThreadExecutor();
    private Resolver resolver;
    private TestServer server;
    private RunnerClient gateway;

    @BeforeEach
    void start() {
        manager.put("up/a", "1", Map.of("token", "t1", "user", "u1"));
        manager.put("own/user", "1", Map.of("token", "of-user"));
        manager.put("own/mallory", "1", Map.of("token", "of-mallory"));
        ProviderPolicy policy = ProviderPolicy.read(Settings.root(
                Map.of("inject", List.of(Map.of("paths", List.of("up/**", "own/{consumer}/*")))), new Problems()));
        resolver = Resolver.start(List.of(new Registered(manager, policy)), new KeyDigester());
        UpstreamSecrets secrets = new UpstreamSecrets(resolver, worker);
        secrets.changed(new ConsumerSnapshot(
                Map.of(
                        "user", new Consumer("user", null, List.of()),
                        "mallory", new Consumer("mallory", null, List.of())),
                List.of()));
        server = TestServer.start(
                UnaryOperator.identity(),
                List.of(new InjectFilter(secrets)),
                TestFilter.onRequest("mine", (request, response, chain) -> {
                    request.setHeader("X-Mine", "1");
                    chain.filter(request, response);
                }));
        secrets.addListener(server.server());
        TestServer.values = (config, consumer) -> secrets.answer(config, consumer.isEmpty() ? null : consumer);
        gateway = server.gateway();
    }

    @AfterEach
    void stop() {
        gateway.close();
        server.close();
        resolver.close();
        worker.shutdownNow();
    }

    private static RouteConf route(String json) {
        return RouteConf.of("1", "secret-inject", json);
    }

    /** Sends a request until its secrets are known. Each earlier one is refused. */
    private UpstreamRequest sent(GatewayRequest request, RouteConf route) {
        return Awaitility.await()
                .until(
                        () -> {
                            Outcome outcome = gateway.call(request, route);
                            if (outcome instanceof Outcome.Continue go) {
                                return go.upstream();
                            }
                            assertThat(((Outcome.Stop) outcome).status()).isEqualTo(503);
                            return null;
                        },
                        java.util.Objects::nonNull);
    }

    private int refused(GatewayRequest request, RouteConf route) {
        Outcome outcome = gateway.call(request, route);
        assertThat(outcome).isInstanceOf(Outcome.Stop.class);
        return ((Outcome.Stop) outcome).status();
    }

    @Test
    void headerReplacesWhatTheClientSent() {
        UpstreamRequest upstream = sent(
                GatewayRequest.get("/").header("authorization", "Bearer mine").header("AUTHORIZATION", "x"),
                route(SHARED));

        assertThat(upstream.headers("Authorization")).containsExactly("Bearer t1");
    }

    @Test
    void argumentReplacesAllThatTheClientSentAndLeavesTheOthers() {
        manager.put("up/a", "2", Map.of("token", "t 1&x=y"));
        UpstreamRequest upstream = sent(
                GatewayRequest.get("/p?key=mine&a=1&key=again"),
                route("{\"query\":{\"key\":\"${secret://vault/prod/up/a/token}\"}}"));

        assertThat(upstream.target()).contains("a=1").doesNotContain("mine").doesNotContain("again");
        assertThat(upstream.target()).containsPattern("key=t(%20|\\+)1%26x%3[dD]y");
    }

    @Test
    void cookieLeavesTheOthers() {
        UpstreamRequest upstream = sent(
                GatewayRequest.get("/").header("Cookie", "a=1; sid=mine").header("Cookie", "b=2"),
                route("{\"cookies\":{\"sid\":\"${secret://vault/prod/up/a/token}\"}}"));

        assertThat(upstream.headers("Cookie")).containsExactly("a=1; b=2; sid=t1");
    }

    @Test
    void nameOfAnInjectedCookieAloneIsRemovedSinceSomeUpstreamsTakeItForACookie() {
        UpstreamRequest upstream = sent(
                GatewayRequest.get("/").header("Cookie", "sid ;a=1; sid; sid2"),
                route("{\"cookies\":{\"sid\":\"${secret://vault/prod/up/a/token}\"}}"));

        assertThat(upstream.headers("Cookie")).containsExactly("a=1; sid2; sid=t1");
    }

    @Test
    void consumerIsTheOneOfAnEarlierFilterAndNeverTheClients() {
        RouteConf chain = RouteConf.of("1", TestServer.KEYS, "{}").and("secret-inject", OWN);
        GatewayRequest request =
                GatewayRequest.get("/").header("apikey", "key-7").header("X-Consumer-Username", "mallory");

        UpstreamRequest upstream = sent(request, chain);

        assertThat(upstream.headers("X-Own")).containsExactly("of-user");
        assertThat(upstream.headers("X-Consumer-Username")).containsExactly("user-7");
        assertThat(refused(GatewayRequest.get("/"), chain)).as("no key").isEqualTo(401);
        assertThat(refused(
                        GatewayRequest.get("/").header("X-Consumer-Username", "mallory"),
                        RouteConf.of("2", "secret-inject", OWN)))
                .as("no filter identified a consumer")
                .isEqualTo(503);
    }

    @Test
    void consumerMayBeOneThatAnEarlierPluginAttached() {
        assertThat(sent(GatewayRequest.get("/").variable("consumer_name", "user"), route(OWN))
                        .headers("X-Own"))
                .containsExactly("of-user");
    }

    @Test
    void consumerIsKeptOverAUsersFilter() {
        RouteConf chain =
                RouteConf.of("1", TestServer.KEYS, "{}").and("mine", "").and("secret-inject", OWN);

        UpstreamRequest upstream = sent(GatewayRequest.get("/").header("apikey", "key-7"), chain);

        assertThat(upstream.headers("X-Own")).containsExactly("of-user");
        assertThat(upstream.headers("X-Mine")).containsExactly("1");
    }

    @Test
    void usersFilterCannotChangeWhatALaterFilterInjects() {
        RouteConf chain = RouteConf.of("1", "mine", "").and("secret-inject", SHARED);

        assertThat(sent(GatewayRequest.get("/"), chain).headers("Authorization"))
                .containsExactly("Bearer t1");
    }

    @Test
    void wrongConfigurationIsARouteProblemThatNamesTheRemedy() {
        assertThat(refused(
                        GatewayRequest.get("/"),
                        route("{\"headers\":{\"Authorization\":\"Bearer $secret://vault/prod/up/a/token\"}}")))
                .isEqualTo(503);
        assertThat(server.server().problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem.toString())
                        .contains("put the reference into braces, as ${secret://manager/id/path}"));
    }

    private String values(RawConnection raw, String config, String consumer) throws IOException {
        raw.send(new Frame(Frame.VALUES, Body.of(CredentialCalls.values(config, consumer))));
        Frame answer = raw.readFrame(TestServer.SOON);
        assertThat(answer.type()).isEqualTo(Frame.VALUES);
        return answer.body().text();
    }

    @Test
    void companionGetsTheValuesAndLearnsWhenTheyEnd() throws IOException {
        try (RawConnection raw = server.connect();
                EventFollower events = EventFollower.open(server.eventSocket())) {
            String known = Awaitility.await().until(() -> values(raw, SHARED, ""), answer -> answer.contains("name"));
            assertThat(known)
                    .matches(
                            "\\{\"epoch\":\"[0-9a-f]+\",\"name\":\"\\d+\",\"headers\":\\{\"Authorization\":\"Bearer t1\"},"
                                    + "\"query\":\\{},\"cookies\":\\{},\"ttl_ms\":\\d+}");
            String name = known.replaceAll(".*\"name\":\"(\\d+)\".*", "$1");

            manager.put("up/a", "2", Map.of("token", "t2"));

            Awaitility.await()
                    .until(
                            () -> events.readLine(TestServer.SOON),
                            line -> line.contains("\"values\":[\"" + name + "\"]"));
            assertThat(values(raw, SHARED, "")).contains("Bearer t2");
            assertThat(values(raw, OWN, "")).contains("\"unavailable\":\"inject_no_consumer\"");
            Awaitility.await().until(() -> values(raw, OWN, "user"), answer -> answer.contains("of-user"));
            assertThat(values(raw, "{\"headers\":{\"A\":\"$secret://vault/prod/up/a/token\"}}", ""))
                    .contains("\"unavailable\":\"invalid\"")
                    .contains("put the reference into braces");
        }
    }

    @Test
    void companionGetsNothingThatTheProviderDoesNotAllow() throws IOException {
        try (RawConnection raw = server.connect()) {
            manager.put("root", "1", Map.of("password", "canary-1b2c"));
            String answer = Awaitility.await()
                    .until(
                            () -> values(raw, "{\"headers\":{\"A\":\"${secret://vault/prod/root/password}\"}}", ""),
                            one -> one.contains("inject_forbidden"));
            assertThat(answer).doesNotContain("canary-1b2c");
        }
    }

    @Test
    void callOfAnotherShapeEndsTheConnection() throws IOException {
        for (byte[] call : List.of(new byte[0], CredentialCalls.of(2, "{}", ""), CredentialCalls.of(1, "{}"))) {
            try (RawConnection raw = server.connect()) {
                raw.send(new Frame(Frame.VALUES, Body.of(call)));
                assertThat(raw.awaitClosed(TestServer.SOON)).isTrue();
            }
        }
    }

    /** Requests all the time, while the secret gets one version after the other. */
    @Test
    void underLoadEveryRequestCarriesBothFieldsOfOneVersionAndVersionsNeverGoBack() throws Exception {
        RouteConf both = route("{\"headers\":{\"X-User\":\"${secret://vault/prod/up/a/user}\","
                + "\"X-Token\":\"Bearer ${secret://vault/prod/up/a/token}\"}}");
        UpstreamRequest _ = sent(GatewayRequest.get("/"), both);
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger inForce = new AtomicInteger(1);
        List<Future<Integer>> clients = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 4; i++) {
                clients.add(threads.submit(() -> requests(both, over, inForce)));
            }
            for (int version = 2; version <= 40; version++) {
                manager.put("up/a", "" + version, Map.of("token", "t" + version, "user", "u" + version));
                String expected = "u" + version;
                Awaitility.await()
                        .until(() -> gateway.call(GatewayRequest.get("/"), both) instanceof Outcome.Continue go
                                && go.upstream().header("X-User").orElse("").equals(expected));
                inForce.set(version);
            }
            over.set(true);
            for (Future<Integer> client : clients) {
                assertThat(client.get()).as("requests of one client").isPositive();
            }
        }
    }

    private int requests(RouteConf route, AtomicBoolean over, AtomicInteger inForce) {
        int count = 0;
        try (RunnerClient client = server.gateway()) {
            while (!over.get()) {
                int least = inForce.get();
                Outcome outcome = client.call(GatewayRequest.get("/"), route);
                assertThat(outcome).isInstanceOf(Outcome.Continue.class);
                UpstreamRequest upstream = ((Outcome.Continue) outcome).upstream();
                String user = upstream.header("X-User").orElse("");
                assertThat(upstream.header("X-Token")).contains("Bearer t" + user.substring(1));
                assertThat(Integer.parseInt(user.substring(1))).isGreaterThanOrEqualTo(least);
                count++;
            }
        }
        return count;
    }
}
