package dev.secretproviders.transport.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.DecisionTable;
import dev.secretproviders.auth.DirectoryFixture;
import dev.secretproviders.auth.hmac.SeenSignatures;
import dev.secretproviders.auth.jwt.VerifiedTokens;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.auth.route.UnresolvedAnswer;
import dev.secretproviders.gateway.Body;
import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.Outcome;
import dev.secretproviders.gateway.RouteConf;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.gateway.UpstreamRequest;
import dev.secretproviders.transport.TestServer;
import dev.secretproviders.transport.hosted.TestFilter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * The decisions of a table ({@code apisix-plugin/spec/decisions*.json}) as a gateway gets them over the wire: with those
 * that are made off the event loop, and those that need more than a frame has.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class DecisionsOverTheWire {
    /** A filter of a user, which does nothing. */
    private static final String USERS = "before";

    private static final Set<String> OURS =
            Set.of("x-consumer-username", "x-credential-identifier", "x-consumer-custom-id");

    private final String filter;
    private final String scheme;
    private final DecisionTable table;
    private final DirectoryFixture directory = new DirectoryFixture();

    private @Nullable TestServer server;
    private @Nullable RunnerClient gateway;

    /**
     * Reads a table.
     *
     * @param filter the filter's name
     * @param scheme the scheme of its challenge
     * @param file the table's name
     */
    DecisionsOverTheWire(String filter, String scheme, String file) {
        this.filter = filter;
        this.scheme = scheme;
        this.table = DecisionTable.of(file, scheme);
    }

    /** Returns the filters of the runner. */
    List<BuiltInFilter> filters(AuthContext context, SeenSignatures seen) {
        return AuthFilters.of(context, new VerifiedTokens(), seen);
    }

    @BeforeAll
    void serve() {
        table.publish(directory);
        server = TestServer.start(
                UnaryOperator.identity(),
                filters(
                        directory.context(UnresolvedAnswer.UNAVAILABLE),
                        new SeenSignatures(directory.secrets.ticker())),
                TestFilter.onRequest(USERS, (request, response, chain) -> chain.filter(request, response)));
        gateway = server.gateway();
    }

    @AfterAll
    void stop() {
        gateway().close();
        server().close();
        directory.close();
    }

    TestServer server() {
        return Objects.requireNonNull(server);
    }

    RunnerClient gateway() {
        return Objects.requireNonNull(gateway);
    }

    /** Returns what a value of the table stands for. */
    String text(JsonNode value) {
        return table.text(value);
    }

    Stream<Arguments> decisions() {
        return table.cases("cases");
    }

    /** Returns the route of a case. A gateway remembers routes by their ids. */
    private RouteConf route(JsonNode theCase) {
        return RouteConf.of(theCase.get("case").asString(), filter, table.conf(theCase));
    }

    /** Sends a case to its route. */
    Outcome send(JsonNode theCase) {
        return gateway().call(request(theCase), route(theCase));
    }

    @ParameterizedTest
    @MethodSource("decisions")
    void isDecidedAsNatively(JsonNode theCase) {
        check(theCase, send(theCase));
    }

    /** What a filter needs is fetched before a user's filter runs. */
    @ParameterizedTest
    @MethodSource("decisions")
    void isDecidedAlikeBehindAUsersFilter(JsonNode theCase) {
        RouteConf route = RouteConf.of("behind: " + theCase.get("case").asString(), USERS, "")
                .and(filter, table.conf(theCase));
        check(theCase, gateway().call(request(theCase), route));
    }

    private GatewayRequest request(JsonNode theCase) {
        StringJoiner query = new StringJoiner("&", "?", "").setEmptyValue("");
        for (JsonNode argument : theCase.path("arguments")) {
            String name = encode(argument.get(0).asString());
            JsonNode value = argument.get(1);
            query.add(value.isNull() ? name : name + "=" + encode(text(value)));
        }
        GatewayRequest request = GatewayRequest.of(
                        theCase.path("method").asString("GET"),
                        theCase.path("target").asString("/") + query)
                .body(Body.of(theCase.path("body").asString("")));
        for (JsonNode header : theCase.path("headers")) {
            request = request.header(header.get(0).asString(), text(header.get(1)));
        }
        return request;
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private void check(JsonNode theCase, Outcome outcome) {
        JsonNode expect = theCase.get("expect");
        switch (outcome) {
            case Outcome.Stop stop -> {
                assertThat(stop.status()).isEqualTo(expect.path("status").asInt(200));
                assertThat(stop.header("WWW-Authenticate"))
                        .isEqualTo(Optional.ofNullable(expect.path("realm").asString(null))
                                .map(realm -> scheme + " realm=\"" + realm + "\""));
                assertThat(stop.body().text())
                        .isEqualTo("{\"message\":\"" + expect.get("message").asString() + "\"}\n");
            }
            case Outcome.Continue passed -> isFor(passed.upstream(), theCase);
            case Outcome.Failed failed -> throw new AssertionError(failed.reason());
        }
    }

    private static void isFor(UpstreamRequest upstream, JsonNode theCase) {
        JsonNode expect = theCase.get("expect");
        assertThat(upstream.header("X-Consumer-Username"))
                .hasValue(expect.path("consumer").asString(""));
        assertThat(upstream.header("X-Credential-Identifier"))
                .isEqualTo(Optional.ofNullable(expect.path("credential").asString(null)));
        assertThat(upstream.header("X-Consumer-Custom-ID"))
                .isEqualTo(Optional.ofNullable(expect.path("custom_id").asString(null)));
        for (JsonNode set : expect.path("set_headers")) {
            assertThat(upstream.headers(set.get(0).asString()))
                    .containsExactly(set.get(1).asString());
        }
        List<String> hidden = Stream.of("hidden_headers", "removed_headers")
                .flatMap(list -> expect.path(list).valueStream())
                .map(name -> name.asString().toLowerCase(Locale.ROOT))
                .toList();
        for (JsonNode header : theCase.path("headers")) {
            String name = header.get(0).asString().toLowerCase(Locale.ROOT);
            if (!OURS.contains(name)) {
                assertThat(upstream.headers(name).isEmpty()).as(name).isEqualTo(hidden.contains(name));
            }
        }
        List<String> hiddenArguments = expect.path("hidden_arguments")
                .valueStream()
                .map(JsonNode::asString)
                .toList();
        for (JsonNode argument : theCase.path("arguments")) {
            String name = argument.get(0).asString();
            assertThat(upstream.target().contains(encode(name))).as(name).isNotEqualTo(hiddenArguments.contains(name));
        }
    }
}
