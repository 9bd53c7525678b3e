package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.secretproviders.peers.NginxConnection.Header;
import dev.secretproviders.peers.NginxConnection.Reply;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The table of native key-auth's decisions ({@code apisix-plugin/spec/decisions.json}) through nginx, the plugin and
 * the runner: the answer's bytes, and the upstream's view of an accepted request. Each is sent twice, so that the
 * second is decided from memory.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CompanionDecisionsTest {
    private static final JsonNode TABLE = JsonMapper.shared()
            .readTree(CompanionGateway.PLUGIN.resolve("spec/decisions.json").toFile());
    private static final String CONSUMERS = """
            [{"username": "jack", "plugins": {"key-auth": {"key": "good-key"}}},
             {"username": "anna", "labels": {"custom_id": "c-42"},
              "credentials": {"cred-1": {"key-auth": {"key": "$secret://vault/prod/anna/key"}}}},
             {"username": "twin1", "plugins": {"key-auth": {"key": "shared"}}},
             {"username": "twin2", "credentials": {"x": {"key-auth": {"key": "shared"}}}},
             {"username": "guest"}]
            """;

    private static final Set<String> OURS =
            Set.of("x-consumer-username", "x-credential-identifier", "x-consumer-custom-id");

    private @Nullable RunnerProcess runner;
    private @Nullable CompanionGateway gateway;
    private int routes;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        RunnerProcess.consumers(directory, """
                consumers:
                  - {username: jack, plugins: {key-auth: {key: good-key}}}
                  - {username: anna, labels: {custom_id: c-42}}
                  - {id: anna/credentials/cred-1, plugins: {key-auth: {key: anna-key}}}
                  - {username: twin1, plugins: {key-auth: {key: shared}}}
                  - {username: twin2}
                  - {id: twin2/credentials/x, plugins: {key-auth: {key: shared}}}
                  - {username: guest}
                """);
        runner = RunnerProcess.start(directory, RunnerProcess.consumersFromFile(directory), Map.of());
        gateway = CompanionGateway.start(directory, CONSUMERS);
    }

    @AfterAll
    void stop() {
        if (gateway != null) {
            gateway.close();
        }
        if (runner != null) {
            runner.close();
        }
    }

    static Stream<Arguments> cases() {
        return TABLE.get("cases")
                .valueStream()
                .filter(theCase -> !theCase.has("not_over_http"))
                .map(theCase -> argumentSet(theCase.get("case").asString(), theCase));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isDecidedAsNatively(JsonNode theCase) throws IOException {
        CompanionGateway it = Objects.requireNonNull(gateway);
        String route = "case-" + routes++;
        it.nginx().route(route, theCase.has("conf") ? theCase.get("conf").toString() : "{}");
        String target = "/routes/" + route + query(theCase);
        JsonNode expect = theCase.get("expect");
        for (int i = 0; i < 2; i++) {
            Reply reply = it.workers().getFirst().get(target, headers(theCase));
            if (expect.has("consumer")) {
                passes(reply, expect, theCase);
            } else {
                isRefused(reply, expect);
            }
        }
    }

    private static void isRefused(Reply reply, JsonNode expect) {
        assertThat(reply.status()).isEqualTo(expect.get("status").asInt());
        assertThat(reply.headers())
                .containsEntry(
                        "www-authenticate",
                        "apikey realm=\"" + expect.get("realm").asString() + "\"");
        assertThat(reply.body())
                .isEqualTo("{\"message\":\"" + expect.get("message").asString() + "\"}\n");
    }

    private static void passes(Reply reply, JsonNode expect, JsonNode theCase) {
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        JsonNode seen = reply.seen();
        assertThat(seen.get("consumer").asString())
                .isEqualTo(expect.get("consumer").asString());
        JsonNode headers = seen.get("headers");
        assertThat(headers.path("x-consumer-username").asString())
                .isEqualTo(expect.get("consumer").asString());
        assertThat(headers.path("x-credential-identifier").asString(""))
                .isEqualTo(expect.path("credential").asString(""));
        assertThat(headers.path("x-consumer-custom-id").asString(""))
                .isEqualTo(expect.path("custom_id").asString(""));
        List<String> hidden = Stream.of("hidden_headers", "removed_headers")
                .flatMap(list -> expect.path(list).valueStream())
                .map(name -> name.asString().toLowerCase(Locale.ROOT))
                .toList();
        for (JsonNode header : theCase.path("headers")) {
            String name = header.get(0).asString().toLowerCase(Locale.ROOT);
            if (!OURS.contains(name)) {
                assertThat(headers.has(name)).as(name).isEqualTo(!hidden.contains(name));
            }
        }
        if (expect.has("hidden_arguments")) {
            assertThat(seen.get("arguments").asString()).isEmpty();
        } else {
            assertThat(seen.get("arguments").asString().isEmpty())
                    .isEqualTo(theCase.path("arguments").isEmpty());
        }
    }

    private static List<Header> headers(JsonNode theCase) {
        List<Header> headers = new ArrayList<>();
        for (JsonNode header : theCase.path("headers")) {
            headers.add(new Header(header.get(0).asString(), text(header.get(1))));
        }
        return headers;
    }

    private static String query(JsonNode theCase) {
        List<String> arguments = new ArrayList<>();
        for (JsonNode argument : theCase.path("arguments")) {
            String name = URLEncoder.encode(argument.get(0).asString(), StandardCharsets.UTF_8);
            JsonNode value = argument.get(1);
            arguments.add(value.isNull() ? name : name + "=" + URLEncoder.encode(text(value), StandardCharsets.UTF_8));
        }
        return arguments.isEmpty() ? "" : "?" + String.join("&", arguments);
    }

    private static String text(JsonNode value) {
        return value.isObject()
                ? value.get("repeat").asString().repeat(value.get("times").asInt())
                : value.asString();
    }
}
